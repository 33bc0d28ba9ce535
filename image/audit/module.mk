# SPDX-License-Identifier: MIT
# make audit: what this image can prove, as a report.
SCRIPT_TESTS += tests/unit/audit/chain_test.py
