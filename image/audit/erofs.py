# SPDX-License-Identifier: MIT
"""Reads names, modes and SELinux labels out of an EROFS image.

The tools of erofs-utils unpack files but show no labels, and a mount needs
root. Directories are never compressed, so walking them needs no more than
this. Content of files is fsck.erofs's part.
Source: Linux fs/erofs/erofs_fs.h.
"""

import dataclasses
import stat
import struct

MAGIC = 0xE0F5E1E2
SUPERBLOCK = 1024
SLOT = 32			# bytes of a compact inode, unit of inode numbers
EXTENDED = 64
FLAT_PLAIN, FLAT_INLINE = 0, 2
DIRENT = struct.Struct("<QHBx")
SECURITY = 6			# index of the prefix "security."


@dataclasses.dataclass(frozen=True)
class Node:
    path: str
    mode: int		# with the type, as stat(2)
    uid: int
    gid: int
    size: int
    label: str		# "" if it has none


class Image:
    def __init__(self, data):
        self.data = data
        magic, self.bits = struct.unpack_from("<I8xB", data, SUPERBLOCK)
        if magic != MAGIC:
            raise ValueError("no EROFS superblock")
        self.block = 1 << self.bits
        self.root, = struct.unpack_from("<H", data, SUPERBLOCK + 14)
        self.meta, self.xattrs = struct.unpack_from("<II", data,
                                                    SUPERBLOCK + 40)

    def _inode(self, nid):
        at = self.meta * self.block + nid * SLOT
        form, count, mode = struct.unpack_from("<HHH", self.data, at)
        if form & 1:
            size, where, uid, gid = struct.unpack_from("<QI4xII", self.data,
                                                       at + 8)
        else:
            size, where = struct.unpack_from("<I4xI", self.data, at + 8)
            uid, gid = struct.unpack_from("<HH", self.data, at + 24)
        names = at + (EXTENDED if form & 1 else SLOT)
        tail = names + (12 + 4 * (count - 1) if count else 0)
        return mode, uid, gid, size, where, form >> 1 & 7, names, tail

    def _entry(self, at):
        """Prefix, name and value of an attribute, and where the next is."""
        length, index, size = struct.unpack_from("<BBH", self.data, at)
        name = self.data[at + 4:at + 4 + length]
        value = self.data[at + 4 + length:at + 4 + length + size]
        return (index, name, value), at + (4 + length + size + 3 & ~3)

    def _label(self, names, tail):
        if names == tail:
            return ""
        count = self.data[names + 4]
        at = names + 12
        found = []
        for i in range(count):
            shared, = struct.unpack_from("<I", self.data, at + 4 * i)
            found.append(self._entry(self.xattrs * self.block + 4 * shared)[0])
        at += 4 * count
        while at < tail:
            entry, at = self._entry(at)
            found.append(entry)
        return next((value.rstrip(b"\0").decode() for index, name, value
                     in found if (index, name) == (SECURITY, b"selinux")), "")

    def _content(self, size, where, layout, tail):
        start = where * self.block
        if layout == FLAT_PLAIN:
            return self.data[start:start + size]
        if layout != FLAT_INLINE:
            raise ValueError("a directory of another layout")
        whole = size & ~(self.block - 1)
        return self.data[start:start + whole] + \
            self.data[tail:tail + size - whole]

    def _names(self, content):
        for start in range(0, len(content), self.block):
            block = content[start:start + self.block]
            count = DIRENT.unpack_from(block)[1] // DIRENT.size
            rows = [DIRENT.unpack_from(block, DIRENT.size * i)
                    for i in range(count)]
            ends = [row[1] for row in rows[1:]] + [len(block)]
            for (nid, name, _), end in zip(rows, ends):
                yield nid, block[name:end].split(b"\0")[0].decode()

    def walk(self, nid=None, path="/"):
        """Every file and directory as Node, parents first."""
        mode, uid, gid, size, where, layout, names, tail = \
            self._inode(self.root if nid is None else nid)
        yield Node(path, mode, uid, gid, size, self._label(names, tail))
        if not stat.S_ISDIR(mode):
            return
        for child, name in sorted(
                self._names(self._content(size, where, layout, tail)),
                key=lambda pair: pair[1]):
            if name not in (".", ".."):
                yield from self.walk(child, path.rstrip("/") + "/" + name)
