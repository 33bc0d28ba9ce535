#!/usr/bin/env python3
"""Signs instance documents with minisign, in the form that intake takes.

    image/sign.py DOCUMENT [--key K] [--audience WHO,...] [--serial N]
                  [--days N | --expires DATE] [--out FILE]

Writes DOCUMENT.signed: minisign's signature, then the document's exact bytes.
The trusted comment says serial number, expiry and audience; by default the
seconds since 1970, a week from now, and every machine. The default key is the
well-known one of images for development.
"""

import argparse
import datetime
import pathlib
import subprocess
import sys
import tempfile
import time

DEVELOPMENT_KEY = pathlib.Path(__file__).resolve().parent / \
    "trust/development.key"
DAYS = 7


def expiry(days):
    """The date so many days from now, in the words of the comment."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(document, key=DEVELOPMENT_KEY, audience="*", serial=None,
         expires=None, comment=None):
    """The signed form of a document's bytes; `comment` replaces the three."""
    if comment is None:
        comment = (f"cloister/1 serial={serial or int(time.time())} "
                   f"expires={expires or expiry(DAYS)} audience={audience}")
    with tempfile.TemporaryDirectory(prefix="cloister-sign-") as scratch:
        message = pathlib.Path(scratch, "document")
        signature = pathlib.Path(scratch, "signature")
        message.write_bytes(document)
        done = subprocess.run(
            ["minisign", "-S", "-s", str(key), "-m", str(message),
             "-x", str(signature), "-c", "instance document", "-t", comment],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"sign: minisign: {(done.stderr or done.stdout).strip()}")
        return signature.read_bytes() + document


def main():
    parser = argparse.ArgumentParser(description="Signs a document.")
    parser.add_argument("document")
    parser.add_argument("--key", default=DEVELOPMENT_KEY)
    parser.add_argument("--audience", default="*")
    parser.add_argument("--serial", type=int)
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--days", type=int, default=DAYS)
    when.add_argument("--expires")
    parser.add_argument("--out")
    args = parser.parse_args()
    try:
        document = pathlib.Path(args.document).read_bytes()
    except OSError as error:
        sys.exit(f"sign: cannot read {args.document}: {error.strerror}")
    signed = sign(document, args.key, args.audience, args.serial,
                  args.expires or expiry(args.days))
    out = pathlib.Path(args.out or f"{args.document}.signed")
    out.write_bytes(signed)
    print(f"sign: {out}: {len(signed)} bytes, signed with {args.key}")


if __name__ == "__main__":
    main()
