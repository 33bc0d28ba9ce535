#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The maker of the data disk's file system, on files instead of a disk.

It keeps to its list of system calls also where something is wrong, so it says
what, and is not killed. Prints TAP. Run from the repository root.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests/unit/audit")

import tap

FORMAT = pathlib.Path(os.environ.get("BUILD", "build")) / "format"
MIB = 1 << 20
AT_MAGIC = 1024 + 0x38		# ext4's superblock, s_magic
AT_FEATURES = 1024 + 0x5c	# compatible, incompatible, read-only
HAS_JOURNAL = 0x4
QUOTA, PROJECT = 0x100, 0x2000


def run(file):
    """Status and standard error of format with `file` as its fd 3."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {FORMAT} 3<>{file}" if file else
         f"exec {FORMAT} 3<&-"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def number(data, at, size):
    return int.from_bytes(data[at:at + size], "little")


@tap.case
def it_makes_ext4_with_project_quotas_and_no_journal():
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(256 * MIB)
        status, said = run(file.name)
        assert status == 0, (status, said)
        data = file.read(4096)
    assert number(data, AT_MAGIC, 2) == 0xef53
    assert not number(data, AT_FEATURES, 4) & HAS_JOURNAL
    read_only = number(data, AT_FEATURES + 8, 4)
    assert read_only & QUOTA and read_only & PROJECT, hex(read_only)


@tap.case
def a_device_that_is_too_small_is_said_and_fails():
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(8192)
        status, said = run(file.name)
    assert status == 1 and said, (status, said)


@tap.case
def without_a_device_it_says_so_and_fails():
    status, said = run(None)
    assert status == 1 and "/proc/self/fd/3" in said, (status, said)


tap.main("format")
