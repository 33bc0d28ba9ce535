"""Every system call of create, run, start, exec, kill and delete may fail.

Here every seventh does; `make faults` lets each fail.
"""

import pathlib
import sys

import harness

sys.path.append(str(pathlib.Path(harness.ROOT, "tests/workbench/faults")))

import faults

STEP = 7
CALLS = 700		# the six commands make at least so many


def test_a_failing_call_gives_one_line_and_leaves_nothing():
    result, count = faults.run(STEP)
    assert result.status == 0, result.output
    assert count >= CALLS // STEP, result.output
