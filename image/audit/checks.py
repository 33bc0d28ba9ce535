# SPDX-License-Identifier: MIT
"""All checks, judged in their order: see check.py."""

import check
import checks_house
import checks_kernel

CHECKS = sorted(check.CHECKS, key=lambda c: [*map(int, c.id.split("."))])
GUARDS, HOOKS = checks_kernel.GUARDS, checks_kernel.HOOKS


def judge_all(house):
    """A Verdict for every check."""
    return [check.judge_one(one, house) for one in CHECKS]
