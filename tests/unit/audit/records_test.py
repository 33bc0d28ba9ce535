#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README's table of records is the one of runtime/base/record.[ch]."""

import pathlib
import re

import tap

ROOT = pathlib.Path(__file__).resolve().parents[3]


def source(path):
    return (ROOT / path).read_text(encoding="utf-8")


def told(text):
    """{name: [fields]} of README's table."""
    rows = re.findall(r"^\| `([a-z.]+)` \| (.*) \|$", text, re.M)
    return {name: re.findall(r"\w+", re.sub(r"\(.*?\)", "", fields))
            for name, fields in rows}


def emitted(header, code):
    """{name: [fields]} of the source."""
    kinds = re.findall(r'ROW\((\w+), "cloister\.([a-z.]+)"', header)
    lists = dict(re.findall(
        r"#define FIELDS_(\w+) FIELDS\(((?:[^\\\n]|\\\n)*)\)\n", code))
    return {name: re.findall(r'[NWT]\("(\w+)"\)', lists[kind])
            for kind, name in kinds}


@tap.case
def readme_tells_every_record_with_its_fields():
    readme = told(source("README.md"))
    records = emitted(source("runtime/base/record.h"),
                      source("runtime/base/record.c"))
    assert len(records) > 20
    for name, fields in records.items():
        assert readme.get(name) == fields, (name, fields, readme.get(name))


@tap.case
def a_field_more_or_less_would_be_noticed():
    row = "| `a.b` | one, two (`x`, `y`), three |\n"
    assert told(row) == {"a.b": ["one", "two", "three"]}
    code = '#define FIELDS_A FIELDS(N("one"), \\\n\tW("two"))\n#define X\n'
    assert emitted('ROW(A, "cloister.a.b", INFO, INIT)', code) == \
        {"a.b": ["one", "two"]}


if __name__ == "__main__":
    tap.main("records")
