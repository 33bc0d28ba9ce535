# SPDX-License-Identifier: MIT
"""Runs a command line and lets one of its system calls fail, or kills it there
(tests/unit/oci/inject.c)."""

import subprocess

from cli import BUILD, PATIENCE_S, Failure, end_all, waiting

INJECT = BUILD / "musl" / "oci_inject"
CALLS_MAX = 4000


def inject(box, n, code, *words):
    """Returns (status, number of the call or None, standard error)."""
    box.write()
    report = box.folder / "report"
    with open(box.folder / "errors", "w+", encoding="utf-8") as err, \
            open(box.folder / "output", "wb") as out:
        with subprocess.Popen(
                [INJECT, str(n), str(code), report, *box.line(*words)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err) as child:
            try:
                child.wait(PATIENCE_S)
            except subprocess.TimeoutExpired as slow:
                where = waiting()
                end_all()
                raise Failure(f"does not end:\n{where}") from slow
        err.seek(0)
        text = err.read()
    what, number = report.read_text().split()
    return child.returncode, None if what == "over" else int(number), text
