#!/usr/bin/env python3
"""The table of kernel settings: its own rules, and what is made of it.

Prints TAP. Run from the repository root.
"""

import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path("init")
GOOD = "boot\ta\tb\treason\nset\tkernel/x\t-\treason\n"
BAD = {
    "a row without a reason": "set\tkernel/x\t1\n",
    "a row with an empty reason": "set\tkernel/x\t1\t\n",
    "a row of an unknown kind": "maybe\tkernel/x\t1\treason\n",
    "a name that is there twice": "set\tx\t1\tone\nset\tx\t2\ttwo\n",
    "a setting with a whole path": "set\t/proc/sys/x\t1\treason\n",
    "a state without a whole path": "state\tkernel/x\t1\treason\n",
}

cases = []


def make(table, what):
    """Status and output of the generator for a table of ours."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "settings.py"
        script.write_bytes((SOURCE / "settings.py").read_bytes())
        (script.parent / "settings").write_text(table)
        done = subprocess.run([sys.executable, script, what],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


def say(claim, is_true):
    cases.append(is_true)
    print(f"{'ok' if is_true else 'not ok'} {len(cases)} {claim}")


def main():
    for what, table in BAD.items():
        for use in ("--header", "--cmdline"):
            status, _ = make(table, use)
            say(f"{what} is refused for {use[2:]}", status != 0)
    say("words of the command line are joined",
        make(GOOD + "boot\tc\t-\treason\n", "--cmdline") == (0, "a=b c\n"))
    status, text = make(GOOD, "--header")
    say("rows of C keep name, value and kind", status == 0 and
        '"a=b"' in text and '{ "kernel/x", "", SYSCTLS_SET }' in text)
    print(f"1..{len(cases)}")
    return not all(cases)


if __name__ == "__main__":
    sys.exit(main())
