"""Reads tests/guest/saboteur/denials.list: what the policy must refuse."""

import dataclasses
import pathlib

LIST = pathlib.Path(__file__).parent / "saboteur/denials.list"


@dataclasses.dataclass(frozen=True)
class Row:
    """One attempt; `denial` is (source, target, class, permission) or None."""
    number: int		# of the line, as the saboteur counts
    domain: str
    verbs: str
    answer: str
    denial: tuple

    @property
    def is_about_categories(self):
        return ":" in self.domain

    @property
    def rule(self):
        """What the policy would have to say to permit it."""
        source, target, kind, permission = self.denial
        return f"(allow {source} {target} ({kind} ({permission})))"


@dataclasses.dataclass(frozen=True)
class Excuse:
    """A forbidden rule that no attempt reaches, and why."""
    number: int
    rule: str
    reason: str


def _read():
    rows, excuses = [], []
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split(";")]
        if columns[0] == "nobody":
            excuses.append(Excuse(number, *columns[1:]))
            continue
        domain, verbs, answer, denial = columns
        denial = None if denial == "-" else tuple(denial.split())
        if denial and len(denial) != 4:
            raise ValueError(f"{LIST.name}:{number}: {line}")
        rows.append(Row(number, domain, verbs, answer, denial))
    return rows, excuses


ROWS, EXCUSES = _read()
