#!/usr/bin/env python3
"""Prints the table of the kernel's settings for those who use it.

    init/settings.py --header    rows of C, for init
    init/settings.py --cmdline   the words for the kernel's command line
"""

import pathlib
import sys

TABLE = pathlib.Path(__file__).parent / "settings"
KINDS = {"set": "SYSCTLS_SET", "set-if-there": "SYSCTLS_SET_IF_THERE",
         "check": "SYSCTLS_CHECK", "state": "SYSCTLS_STATE"}


def rows(text):
    """[(kind, name, value)] of the table; a row out of shape is an error."""
    out = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 4 or not all(fields) or \
                fields[0] not in ("boot", *KINDS):
            sys.exit(f"{TABLE}:{number}: not kind, name, value, reason")
        if (fields[0] == "state") != fields[1].startswith("/"):
            sys.exit(f"{TABLE}:{number}: only a state has a whole path")
        kind, name, value, _ = fields
        out.append((kind, name, "" if value == "-" else value))
    names = [row[:2] for row in out]
    for kind, name in names:
        if names.count((kind, name)) > 1:
            sys.exit(f"{TABLE}: {kind} {name} is there twice")
    return out


def word(name, value):
    return f"{name}={value}" if value else name


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def header(table):
    print("/* Made by init/settings.py. */")
    print("#define SETTINGS_BOOT \\")
    for kind, name, value in table:
        if kind == "boot":
            print(f"\t{quoted(word(name, value))}, \\")
    print("\n#define SETTINGS_FILES \\")
    for kind, name, value in table:
        if kind != "boot":
            print(f"\t{{ {quoted(name)}, {quoted(value)}, {KINDS[kind]} }}, \\")
    print()


def cmdline(table):
    print(*(word(name, value) for kind, name, value in table
            if kind == "boot"))


if __name__ == "__main__":
    {"--header": header, "--cmdline": cmdline}[sys.argv[1]](
        rows(TABLE.read_text()))
