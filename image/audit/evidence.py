# SPDX-License-Identifier: MIT
"""Joins and verifies the evidence chain of one boot: see init/chain.h.

Documents come as `cloister.evidence` records in pieces; each is canonical
JSON that names its number and the SHA-256 of the one before. Whoever has the
records can check the chain with nothing but this file:

    image/audit/evidence.py otlp.jsonl      (as `make run SAVE=...` wrote it)
"""

import dataclasses
import hashlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import otlp

NAME = "cloister.evidence"
SEALED = "cloister.evidence.sealed"
ZEROS = "0" * 64


class Broken(Exception):
    """Why the chain is not whole."""


@dataclasses.dataclass(frozen=True)
class Document:
    sequence: int
    sha256: str
    text: str
    facts: dict


def _unique(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Broken("a key twice in one object")
    return out


def _no_fraction(text):
    raise Broken(f"{text} is no whole number")


def parse(text):
    """The value of a document; Broken unless the text is canonical."""
    try:
        value = json.loads(text, object_pairs_hook=_unique,
                           parse_float=_no_fraction)
    except ValueError as error:
        raise Broken(f"not JSON: {error}") from None
    if json.dumps(value, separators=(",", ":")) != text:
        raise Broken("not canonical")
    return value


def _pieces(records):
    """{sequence: {piece: values}}; a piece that comes twice must be equal."""
    out = {}
    for record in records:
        if record.name != NAME:
            continue
        values = dict(record.values)
        values.pop("cloister.boot_ns", None)
        place = out.setdefault(values["sequence"], {})
        if place.setdefault(values["piece"], values) != values:
            raise Broken(f"two different pieces {values['piece']} of document "
                         f"{values['sequence']}")
    return out


def _join(sequence, pieces):
    count = next(iter(pieces.values()))["pieces"]
    if sorted(pieces) != list(range(1, count + 1)):
        raise Broken(f"document {sequence}: pieces {sorted(pieces)} of {count}")
    digests = {values["sha256"] for values in pieces.values()}
    text = "".join(pieces[n]["text"] for n in range(1, count + 1))
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digests != {digest}:
        raise Broken(f"document {sequence}: its digest is {digest}")
    return Document(sequence, digest, text, parse(text))


def _check(documents, seal):
    previous = ZEROS
    for number, document in enumerate(documents, 1):
        if document.sequence != number:
            raise Broken(f"document {number} is missing")
        if document.facts.get("sequence") != number:
            raise Broken(f"document {number} calls itself "
                         f"{document.facts.get('sequence')}")
        if document.facts.get("previous") != previous:
            raise Broken(f"document {number} does not follow the one before")
        previous = document.sha256
    if seal and (seal["sequence"], seal["sha256"]) != (len(documents),
                                                       previous):
        raise Broken(f"the seal names document {seal['sequence']}, "
                     f"the last is {len(documents)}")


def chain(records, sealed=False):
    """All documents of one boot, in order and verified, as Document.

    sealed: the machine has gone off, so the seal must be there too. Raises
    Broken where anything is missing, changed or out of place.
    """
    pieces = _pieces(records)
    documents = [_join(n, pieces[n]) for n in sorted(pieces)]
    seals = [r.values for r in records if r.name == SEALED]
    if not documents:
        raise Broken("no document")
    if len(seals) > 1 or (sealed and not seals):
        raise Broken(f"{len(seals)} seals")
    _check(documents, seals[0] if seals else None)
    return documents


def readable(records):
    """The documents that can be read at all, where the chain is not whole."""
    out = []
    try:
        pieces = _pieces(records)
    except Broken:
        return out
    for n in sorted(pieces):
        try:
            out.append(_join(n, pieces[n]))
        except Broken:
            pass
    return out


def records_of(path):
    """The records in a file of OTLP requests, one JSON object per line."""
    out = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        if "resourceLogs" in request:
            out += [item for item in otlp.logs(request)
                    if isinstance(item, otlp.Record)]
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: evidence.py OTLP.jsonl")
    try:
        documents = chain(records_of(sys.argv[1]))
    except Broken as why:
        sys.exit(f"evidence: {why}")
    for document in documents:
        print(f"{document.sequence} {document.sha256} "
              f"{document.facts['cause']} {len(document.text)} bytes")


if __name__ == "__main__":
    main()
