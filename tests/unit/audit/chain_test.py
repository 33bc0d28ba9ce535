#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The verifier of the evidence chain refuses whatever was done to it."""

import copy
import hashlib
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "image/audit"), str(ROOT / "tests/unit/audit")]

import evidence
import otlp
import tap

PIECE = 40


def record(name, **values):
    return otlp.Record(name, values, 9, 0, {})


def text_of(sequence, previous, **facts):
    return json.dumps({"format": 1, "sequence": sequence,
                       "previous": previous, "cause": "boot", **facts},
                      separators=(",", ":"))


def pieces_of(sequence, text):
    digest = hashlib.sha256(text.encode()).hexdigest()
    parts = [text[i:i + PIECE] for i in range(0, len(text), PIECE)]
    return [record(evidence.NAME, sequence=sequence, cause="boot", piece=n,
                   pieces=len(parts), sha256=digest, text=part)
            for n, part in enumerate(parts, 1)], digest


def good(count=3):
    """Records of a whole chain of `count` documents with its seal."""
    records, previous = [record("cloister.boot.ready")], evidence.ZEROS
    for n in range(1, count + 1):
        pieces, previous = pieces_of(n, text_of(n, previous, fact=n))
        records += pieces
    return records + [record(evidence.SEALED, sequence=count,
                             sha256=previous)]


def broken(records, sealed=True):
    return tap.refused(evidence.Broken, evidence.chain, records, sealed)


@tap.case
def a_whole_chain_is_given_in_order():
    records = good()
    documents = evidence.chain(list(reversed(records)), sealed=True)
    assert [d.facts["fact"] for d in documents] == [1, 2, 3]


@tap.case
def a_piece_that_came_twice_is_one_piece():
    records = good()
    assert len(evidence.chain(records + records[1:3], sealed=True)) == 3


@tap.case
def nothing_is_no_chain():
    assert "no document" in broken([])


@tap.case
def every_missing_piece_is_noticed():
    records = good()
    for i, gone in enumerate(records):
        if gone.name == evidence.NAME:
            broken(records[:i] + records[i + 1:])


@tap.case
def every_missing_document_is_noticed():
    for n in (1, 2, 3):
        broken([r for r in good() if r.values.get("sequence") != n or
                r.name != evidence.NAME])


@tap.case
def every_changed_byte_is_noticed():
    for i, original in enumerate(good()):
        for key in ("text", "sha256"):
            if key not in original.values:
                continue
            records = good()
            value = records[i].values[key]
            records[i].values[key] = value[:-1] + \
                ("0" if value[-1] != "0" else "1")
            broken(records)


@tap.case
def a_document_put_in_is_noticed_though_its_digest_is_right():
    records = good()
    pieces, digest = pieces_of(4, text_of(4, evidence.ZEROS))
    records[-1:] = pieces + [record(evidence.SEALED, sequence=4,
                                    sha256=digest)]
    assert "does not follow" in broken(records)


@tap.case
def a_document_under_another_number_is_noticed():
    pieces, digest = pieces_of(1, text_of(2, evidence.ZEROS))
    assert "calls itself 2" in broken(pieces, sealed=False)


@tap.case
def two_different_pieces_of_one_number_are_noticed():
    records = good()
    other = copy.deepcopy(records[1])
    other.values["text"] = "x"
    assert "two different pieces" in broken(records + [other])


@tap.case
def a_chain_cut_off_at_its_end_lacks_its_seal():
    records = good()[:-1]
    assert "0 seals" in broken(records)
    assert len(evidence.chain(records)) == 3
    shorter = [r for r in good() if r.values.get("sequence") != 3 or
               r.name == evidence.SEALED]
    assert "the seal names document 3" in broken(shorter)


@tap.case
def json_that_is_not_canonical_is_refused():
    for text in ('{"a": 1}', '{"a":1.0}', '{"a":1,"a":1}', "{'a':1}",
                 '{"a":1e2}', ' {"a":1}'):
        tap.refused(evidence.Broken, evidence.parse, text)
    assert evidence.parse('{"b":[1,-2,"x y"],"a":{}}')["b"][1] == -2


if __name__ == "__main__":
    tap.main("audit_chain")
