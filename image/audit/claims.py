# SPDX-License-Identifier: MIT
"""The claims R1 to R22: SECURITY.md's table is the one place, read here.

A row is `| id | claim | what does it | proof |`. In the proof `guest/x` stands
for tests/guest/x_test.py, `unit/x/y` for tests/unit/x/y_test.* and `unit/x`
or `unit/x/*` for all of that folder; fuzz targets stand after the word fuzz.
Behind "Unproven:" or "Open:" stands what is not proven; a row without any
test is unproven as a whole.
"""

import dataclasses
import pathlib
import re

COUNT = 22
GAP = re.compile(r"\b(?:Unproven|Open)\b")
NAME = re.compile(r"`((?:guest|unit)/[^`]+)`")
FUZZ = re.compile(r"fuzz((?:,? `[^`/]+`)+)")


class BadTable(Exception):
    """SECURITY.md's table is not one of claims."""


@dataclasses.dataclass(frozen=True)
class Claim:
    id: str
    title: str
    mechanism: str
    proof: str		# as written, without what is unproven
    unproven: str	# as written, "" if nothing is
    tests: tuple	# names as written: guest/x, unit/x/y, fuzz/x


def _tests(proof):
    names = NAME.findall(proof)
    for targets in FUZZ.findall(proof):
        names += ["fuzz/" + name for name in re.findall(r"`([^`]+)`", targets)]
    return tuple(dict.fromkeys(names))


def _claim(cells):
    number, title, mechanism, text = cells
    gap = GAP.search(text)
    proof = text[:gap.start()] if gap else text
    rest = text[gap.start():] if gap else ""
    tests = _tests(proof)
    if not tests:
        proof, rest = "", text
    return Claim(number, title, mechanism, proof.strip(" ."), rest.strip(),
                 tests)


def read(text):
    """All claims of SECURITY.md's text, in order; BadTable if not 22."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in text.splitlines() if re.match(r"\| R\d+ \|", line)]
    for row in rows:
        if len(row) != 4:
            raise BadTable(f"{row[0]}: {len(row)} columns")
    claims = [_claim(row) for row in rows]
    wanted = [f"R{n}" for n in range(1, COUNT + 1)]
    if [c.id for c in claims] != wanted:
        raise BadTable("ids are " + " ".join(c.id for c in claims))
    return claims


def read_file(root):
    return read(pathlib.Path(root, "SECURITY.md").read_text(encoding="utf-8"))
