# SPDX-License-Identifier: MIT
"""What a check is, and the house that it judges.

In the manner of the CIS benchmarks: a number, a title, the claims of
SECURITY.md that it belongs to, and a judge that looks at the House and gives
what is wrong (nothing, if it passes) and what was seen. The judges know what
must be so by themselves; they do not ask the tables that made it so, but for
the one check that compares both.
"""

import dataclasses

DOMAINS = {"host/init": "init_t", "host/intake": "intake_t", "host/courier": "courier_t",
           "host/runtime": "runtime_t", "host/unpack": "unpack_t",
           "host/uplink": "uplink_t", "host/metadata": "metadata_t"}


@dataclasses.dataclass
class House:
    """Everything that is judged."""
    statement: object	# witness.Statement
    documents: list	# facts of every evidence document, verified
    broken: str		# why the chain is not whole, "" if it is
    files: list		# contents.File of the root
    programs: list	# contents.Program
    spdx: dict
    incomplete: list	# what the SBOM lacks
    version: str	# as built
    root_hash: str
    release: str	# of the kernel
    parameters: list	# words of the built command line
    settings: dict	# {path: value} of init/settings
    inventory: set	# paths of image/inventory

    @property
    def boot(self):
        return self.documents[0]

    def records(self, name):
        return [r.values for r in self.statement.records
                if r.name == f"cloister.{name}"]


@dataclasses.dataclass(frozen=True)
class Check:
    id: str
    title: str
    claims: tuple
    judge: object	# House -> (list of what is wrong, what was seen)


@dataclasses.dataclass(frozen=True)
class Verdict:
    check: Check
    passed: bool
    wrong: tuple
    seen: str


CHECKS = []


def check(number, title, *claims):
    """Registers a judge."""
    def register(judge):
        CHECKS.append(Check(number, title, claims, judge))
        return judge
    return register


def judge_one(one, house):
    """The Verdict of a check; a judge that cannot judge has failed."""
    try:
        wrong, seen = one.judge(house)
    except (KeyError, IndexError, ValueError, TypeError,
            AttributeError) as why:
        wrong, seen = [f"cannot be judged: {why!r}"], ""
    return Verdict(one, not wrong, tuple(map(str, wrong)), seen)


def differs(name, seen, wanted):
    return [] if seen == wanted else [f"{name} is {seen}, not {wanted}"]


def in_all(house, name, value_of):
    """What differs from the first document in a later one."""
    first = value_of(house.boot)
    return [f"{name} became {value_of(d)} in document {d['sequence']}"
            for d in house.documents if value_of(d) != first]
