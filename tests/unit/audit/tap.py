# SPDX-License-Identifier: MIT
"""Cases in Python that print TAP: a case is a function that raises to fail.

    @tap.case
    def a_claim_that_holds():
        assert ...
    tap.main("module")
"""

import sys
import traceback

_cases = []


def case(function):
    """Registers a case; its name is the claim."""
    _cases.append(function)
    return function


def refused(kind, call, *args):
    """The text of the exception of `kind` that `call` must raise."""
    try:
        call(*args)
    except kind as why:
        return str(why)
    raise AssertionError(f"{call.__name__} did not raise {kind.__name__}")


def main(name):
    failed = False
    print("TAP version 13")
    print(f"1..{len(_cases)}")
    for number, function in enumerate(_cases, 1):
        word = "ok"
        try:
            function()
        except Exception:	# whatever it is, it is this case's failure
            word, failed = "not ok", True
            for line in traceback.format_exc(limit=-3).splitlines():
                print(f"# {line}")
        print(f"{word} {number} {name}.{function.__name__}")
    sys.exit(int(failed))
