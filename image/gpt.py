# SPDX-License-Identifier: MIT
"""Finds partitions of the disk image by their names.

Source: UEFI specification, 5.3.3: GPT partition entry array.
"""

import pathlib
import struct

SECTOR = 512
ENTRIES, ENTRY_BYTES = 128, 128


def partition(disk, name):
    """Offset and size in bytes of the partition whose name starts so."""
    with pathlib.Path(disk).open("rb") as file:
        table = file.read(34 * SECTOR)
    for i in range(ENTRIES):
        at = 2 * SECTOR + ENTRY_BYTES * i
        entry = table[at:at + ENTRY_BYTES]
        if entry[56:].decode("utf-16-le").startswith(name):
            first, last = struct.unpack_from("<QQ", entry, 32)
            return first * SECTOR, (last - first + 1) * SECTOR
    raise LookupError(name)


def read(disk, name):
    """The bytes of that partition."""
    offset, size = partition(disk, name)
    with pathlib.Path(disk).open("rb") as file:
        file.seek(offset)
        return file.read(size)
