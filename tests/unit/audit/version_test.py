#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The version of an image is that of what it is made of. Prints TAP.

image/root makes a root out of files that are made up here, once more after
each change of one of them. Run from the repository root.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap

sys.path.insert(0, "image")
sys.path.insert(0, "image/audit")

import components
import inventory

BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
PACKAGE = "linux-image-6.12.1-amd64 6.12.1-1 sha256:" + 64 * "1"
NEWER = "linux-image-6.12.2-amd64 6.12.2-1 sha256:" + 64 * "2"


class Place:
    """A build directory of which image/root can make a root."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder)
        self.write("kernel/version", "6.12.1\n")
        self.write("kernel/package", PACKAGE)
        self.write("modules/root/disk.ko", "module")
        self.write("trust", "key")
        shutil.copytree(BUILD / "policy", self.path / "policy")
        for row in inventory.read(["image/inventory"], str(self.path)):
            if row.source.startswith(folder) and \
                    not pathlib.Path(row.source).exists():
                pathlib.Path(row.source).parent.mkdir(exist_ok=True)
                pathlib.Path(row.source).write_text(row.path)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def version(self):
        subprocess.run(["image/root", str(self.path)], check=True)
        return (self.path / "root.version").read_text().strip()


def after(change):
    """The versions before and after a change."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        before = place.version()
        change(place)
        return before, place.version()


@tap.case
def the_same_parts_make_the_same_version_in_another_place():
    with tempfile.TemporaryDirectory() as other:
        elsewhere = Place(other).version()
    before, again = after(lambda place: None)
    assert before == again == elsewhere, (before, again, elsewhere)


@tap.case
def a_newer_kernel_package_makes_another_version():
    before, now = after(lambda p: p.write("kernel/package", NEWER))
    assert before != now


@tap.case
def every_file_of_the_image_counts():
    for name in ("init", "runtime", "format", "policy/policy.bin", "trust",
                 "modules/root/disk.ko", "modules/modules.list"):
        before, now = after(lambda p, name=name: p.write(name, "newer"))
        assert before != now, name


@tap.case
def the_version_stands_on_the_root_and_in_os_release():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        version = place.version()
        root = place.path / "root/usr/lib"
        assert (root / "cloister/version").read_text().strip() == version
        assert version in (root / "os-release").read_text()


@tap.case
def an_image_that_obeys_everybodys_key_says_so():
    known = pathlib.Path("image/trust/development").read_text()
    before, now = after(lambda p: p.write("trust", known))
    assert "-development+" in now and "-development" not in before


@tap.case
def a_newer_package_is_another_component():
    old = components.locked("zlib 1.2 bookworm zlib.dsc " + 64 * "a")
    new = components.locked("zlib 1.3 bookworm zlib.dsc " + 64 * "b")
    assert old["zlib"] == ("1.2", [64 * "a"])
    assert new["zlib"] == ("1.3", [64 * "b"])


tap.main("version")
