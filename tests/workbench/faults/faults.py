#!/usr/bin/env python3
"""Every system call of create, run, start, exec, kill and delete fails once.

As a program: tests/workbench/faults/faults.py [STEP]; with a step only every
STEP-th call.
"""

import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import workbench

PROGRAMS = ("cloister", "faults", "bench_describe", "bench_nothing")
TIMEOUT_S = 3600	# three minutes where nothing else runs

SCRIPT = """
mkdir -p bundle root/dev root/proc root/sys
cp bench_nothing root/nothing
./bench_describe config /job/root wait >bundle/config.json
./faults /job/cloister /job/bundle %d
"""


def run(step, show=None):
    """The job's result and the number of calls that failed."""
    result = workbench.run(SCRIPT % step, timeout=TIMEOUT_S, show=show, files={
        name: workbench.BUILD / name for name in PROGRAMS})
    summary = re.search(r"^(\d+) faults, \d+ shortcomings$", result.output,
                        re.M)
    return result, int(summary[1]) if summary else 0


if __name__ == "__main__":
    step = int(sys.argv[1]) if sys.argv[1:] else 1
    result, _ = run(step, lambda text: print(text, end="", flush=True))
    sys.exit(result.status)
