#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The claims of SECURITY.md, their tests, the components, and the report."""

import importlib.machinery
import importlib.util
import io
import json
import pathlib
import re
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout

import house
import tap

import claims
import components
import contents
import proofs
import report

ROOT = house.ROOT


def audit_program():
    """image/audit/audit as a module."""
    loader = importlib.machinery.SourceFileLoader(
        "audit", str(ROOT / "image/audit/audit"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("audit", loader))
    loader.exec_module(module)
    return module


def table(*proof_of_r1):
    rows = [f"| R{n} | claim {n} | does it | - |" for n in range(1, 23)]
    if proof_of_r1:
        rows[0] = "| R1 | claim 1 | does it | " + " | ".join(proof_of_r1) + \
            " |"
    return "\n".join(rows)


# ------------------------------------------------------------------- claims

@tap.case
def every_test_that_security_md_names_exists():
    gone = [(c.id, name) for c in claims.read_file(ROOT) for name in c.tests
            if not proofs.find(ROOT, name, {}).files]
    assert not gone, gone


@tap.case
def every_claim_names_a_test_or_says_that_it_is_unproven():
    silent = [c.id for c in claims.read_file(ROOT)
              if not c.tests and not c.unproven]
    assert not silent, silent


@tap.case
def every_check_belongs_to_claims_that_there_are():
    ids = {c.id for c in claims.read_file(ROOT)}
    for verdict in house.found(house.good())["verdicts"]:
        assert verdict.check.claims and set(verdict.check.claims) <= ids


@tap.case
def what_is_unproven_is_told_apart_from_the_proof():
    claim = claims.read(table("`guest/image` (all), `unit/policy`, fuzz "
                              "`plan`. Unproven: `guest/other`"))[0]
    assert claim.tests == ("guest/image", "unit/policy", "fuzz/plan")
    assert claim.proof.endswith("fuzz `plan`")
    assert claim.unproven == "Unproven: `guest/other`"
    assert claims.read(table("unproven: no benchmark"))[0].tests == ()


@tap.case
def a_table_with_a_row_missing_or_out_of_shape_is_refused():
    rows = table().splitlines()
    for bad in ("\n".join(rows[:-1]), "\n".join(rows + rows[:1]),
                "\n".join(rows[::-1]), table("a", "b"), ""):
        tap.refused(claims.BadTable, claims.read, bad)


# ------------------------------------------------------------------- proofs

@tap.case
def a_test_that_is_gone_is_a_lost_proof():
    for name in ("guest/no_such", "unit/no/such", "fuzz/no_such"):
        proof = proofs.find(ROOT, name, {})
        assert proof.is_lost and not proof.cases, name


@tap.case
def results_count_for_what_was_tested_alone_and_the_last_one_counts():
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, "unit")
        assert proofs.results(path, "v1") == {}
        path.write_text("v1\na_test 3 1\nb_test 2 0\na_test 4 0\n")
        assert proofs.results(path, "v2") == {}
        assert proofs.results(path, "v1") == {"a_test": (4, 0),
                                              "b_test": (2, 0)}


@tap.case
def a_proof_passes_if_all_its_files_were_run_and_none_failed():
    said = {"build/musl/uplink_kmsg_test": (9, 0),
            "build/asan/uplink_kmsg_test": (9, 0)}

    def result(name, **changes):
        return proofs.find(ROOT, name, {"unit": {**said, **changes}}).result
    assert result("unit/uplink/kmsg") == "passed"
    assert result("unit/uplink/kmsg", **{
        "build/asan/uplink_kmsg_test": (8, 1)}) == "failed"
    assert result("unit/uplink") == "not run"
    assert result("unit/init/chain", **{
        "tests/unit/audit/chain_test.py": (1, 0)}) == "not run"
    assert proofs.find(ROOT, "guest/image", {"guest": {
        "image_test.test_x": (1, 0), "image_test.test_y": (0, 1)}}
        ).result == "failed"


# --------------------------------------------------------------- components

@tap.case
def every_source_of_the_lock_has_a_licence():
    lock = components.locked(
        (ROOT / "image/deps/sources.lock").read_text())
    assert len(lock) > 10
    unknown = set(lock) - set(components.LICENCES)
    assert not unknown, unknown


@tap.case
def a_source_of_two_versions_is_refused():
    tap.refused(components.Unknown, components.locked,
                "a 1 s p 00\na 2 s p 11\n")


@tap.case
def a_component_that_lacks_something_is_named():
    spdx = house.spdx()
    assert not list(components.incomplete(spdx))
    spdx["packages"][0]["versionInfo"] = ""
    spdx["packages"][1]["checksums"] = []
    spdx["packages"][2]["licenseDeclared"] = "NOASSERTION"
    assert len(list(components.incomplete(spdx))) == 3


@tap.case
def libraries_are_those_that_the_build_links():
    links = components.linked(["x_LIBS := -larchive -lz -lmnl\ny_LIBS :=\n"])
    assert links == {"x": ["libarchive", "zlib"], "y": []}


# ----------------------------------------------------------------- programs

@tap.case
def a_program_that_is_not_hardened_fails_its_gates():
    path = pathlib.Path(shutil.which("readelf")).resolve()
    gates = contents.program("readelf", path, path, 10).gates
    for gate in ("no interpreter", "no shared library", "within its budget"):
        assert not gates[gate], gate
    assert gates["stack not executable"]


@tap.case
def budgets_are_those_of_the_build():
    sizes = contents.budgets([ROOT / "Makefile"])
    assert sizes[""] == 1048576 and sizes["init"] == 262144


# ------------------------------------------------------------------- report

def status_of(h, security=None, number="R2"):
    rows = report.claims_of(house.found(h, security))
    return next(row[3] for row in rows if row[0].id == number)


@tap.case
def a_failed_check_and_a_gone_test_lose_a_claim():
    h = house.good()
    assert status_of(h) == report.PENDING
    h.boot["listening"]["tcp"] = 1
    assert status_of(h) == report.LOST
    assert status_of(house.good(), table("`guest/no_such`"), "R1") == \
        report.LOST
    assert status_of(house.good(), table("-"), "R1") == report.UNPROVEN


@tap.case
def the_audit_fails_exactly_if_something_was_lost():
    program = audit_program()
    program.witness.testify = lambda build, store: None
    wrong = house.good()
    wrong.boot["lockdown"] = "none"
    for h, status in ((house.good(), 0), (wrong, 1)):
        program.collect = lambda build, statement, h=h: house.found(h)
        with tempfile.TemporaryDirectory() as scratch, \
                redirect_stdout(io.StringIO()) as said:
            assert program.main(scratch, "store") == status
            assert ("LOST check 3.1" in said.getvalue()) == bool(status)
            made = pathlib.Path(scratch, "audit/report.json").read_text()
            lost = [c for c in json.loads(made)["claims"]
                    if c["status"] == "lost"]
            assert bool(lost) == bool(status)


@tap.case
def a_machine_that_says_nothing_ends_the_audit():
    program = audit_program()

    def silent(build, store):
        raise program.witness.Silent("nothing")
    program.witness.testify = silent
    with tempfile.TemporaryDirectory() as scratch, \
            redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        old = pathlib.Path(scratch, "audit/report.html")
        old.parent.mkdir()
        old.write_text("of yesterday")
        assert program.main(scratch, "store") == 2
        assert not old.exists()


@tap.case
def what_a_page_shows_is_escaped_and_needs_nothing_else():
    h = house.good()
    h.boot["parameters"].append("<script>alert(1)</script>")
    page = report.page(house.found(h))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r'(?:src|href)="(?!#)|url\(|@import', page)


if __name__ == "__main__":
    tap.main("audit_report")
