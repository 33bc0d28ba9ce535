# SPDX-License-Identifier: MIT
"""Finds the tests that a claim names, and what they last said.

A test run leaves lines `TEST passed failed` in BUILD/results/KIND behind one
that says what was tested: the image's version (guest) or the sources' (unit).
The last line of a test counts. Results of anything else count as not run.
"""

import dataclasses
import pathlib
import re

CASES = (re.compile(r"^def (test_\w+)\(", re.M),	# guest
         re.compile(r"^TEST(?:_F)?\((?:\w+,\s*)?(\w+)\)", re.M),	# C
         re.compile(r"^@(?:tap\.)?case\ndef (\w+)\(", re.M))


@dataclasses.dataclass(frozen=True)
class Proof:
    name: str		# as the claim has it
    files: tuple	# below the repository; empty: the test is gone
    cases: tuple	# claim-names of its cases
    result: str		# passed, failed, not run

    @property
    def is_lost(self):
        return not self.files or self.result == "failed"

    @property
    def is_pending(self):
        """Fuzzing is no test that passes."""
        return self.result == "not run" and not self.name.startswith("fuzz/")


def _files(root, name):
    kind, _, rest = name.partition("/")
    if kind == "fuzz":
        return sorted(root.glob(f"tests/fuzz/{rest}_fuzz.c"))
    rest = rest.removesuffix("/*")
    folder = root / "tests" / kind
    return sorted([*folder.glob(f"{rest}_test.*"),
                   *folder.glob(f"{rest}/*_test.*")])


def _cases(path):
    text = path.read_text(encoding="utf-8")
    return [name for pattern in CASES for name in pattern.findall(text)]


def results(path, subject):
    """{test: (passed, failed)} of the last run of `subject`, else empty."""
    if not path.exists():
        return {}
    first, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    if first != subject:
        return {}
    return {name: (int(passed), int(failed))
            for name, passed, failed in map(str.split, lines)}


def known(build):
    """All results of this build: {"guest": {...}, "unit": {...}}."""
    build = pathlib.Path(build)
    return {kind: results(build / "results" / kind,
                          (build / version).read_text().strip())
            for kind, version in (("guest", "root.version"),
                                  ("unit", "version"))}


def _said(path, said):
    """(passed, failed) of every run of one test file."""
    stem = path.name.split(".")[0]
    if path.suffix == ".c":	# a program named so, or with its folder
        named = [[v for k, v in said.items() if k.split("/")[-1] == name]
                 for name in (f"{path.parent.name}_{stem}", stem)]
        return named[0] or named[1]
    return [v for k, v in said.items()
            if k.split(".")[0] == stem or k.endswith(str(path))]


def _result(root, files, said):
    runs = [_said(f.relative_to(root), said) for f in files]
    if any(failed for run in runs for _, failed in run):
        return "failed"
    has_all = runs and all(any(passed for passed, _ in run) for run in runs)
    return "passed" if has_all else "not run"


def find(root, name, said):
    """The Proof of a name; `said` is known() or like it."""
    root = pathlib.Path(root)
    files = _files(root, name)
    return Proof(name, tuple(str(f.relative_to(root)) for f in files),
                 tuple(case for f in files for case in _cases(f)),
                 _result(root, files, said.get(name.partition("/")[0], {})))
