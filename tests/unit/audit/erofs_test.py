#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The reader of EROFS sees what mkfs.erofs was given."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "image/audit"))

import tap

import erofs

FILES = 400	# so that one directory has several blocks


def make(folder, *options):
    """A tree and the bytes of its image; labels differ by the kind."""
    tree = folder / "tree"
    for name in ("empty", "many/deep"):
        (tree / name).mkdir(parents=True)
    for i in range(FILES):
        (tree / f"many/{'n' * 40}{i}").write_bytes(b"x" * i)
    (tree / "many/deep/file").write_text("x")
    (tree / "many/deep/file").chmod(0o4755)
    contexts = folder / "contexts"
    contexts.write_text("/.*\t-d\tu:object_r:directory_t:s0\n"
                        "/.*\t--\tu:object_r:file_t:s0\n"
                        "/\t-d\tu:object_r:root_t:s0\n")
    image = folder / "image"
    subprocess.run(["mkfs.erofs", "--quiet", "--all-root", *options,
                    f"--file-contexts={contexts}", str(image), str(tree)],
                   check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return tree, image.read_bytes()


def agree(tree, data):
    found = {node.path: node for node in erofs.Image(data).walk()}
    wanted = {"/", *("/" + str(p.relative_to(tree))
                     for p in tree.rglob("*"))}
    assert set(found) == wanted, set(found) ^ wanted
    for path, node in found.items():
        real = os.lstat(tree / path.lstrip("/"))
        kind = "root_t" if path == "/" else \
            "directory_t" if os.path.isdir(tree / path[1:]) else "file_t"
        assert node.mode == real.st_mode, path
        assert (node.uid, node.gid) == (0, 0), path
        assert node.label == f"u:object_r:{kind}:s0", (path, node.label)
        if kind == "file_t":
            assert node.size == real.st_size, path


@tap.case
def names_modes_and_labels_are_those_of_the_tree():
    for options in ((), ("-zlz4hc",), ("-x", "1"),
                    ("-Eforce-inode-extended",)):
        with tempfile.TemporaryDirectory() as folder:
            agree(*make(pathlib.Path(folder), *options))


@tap.case
def what_is_no_image_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        _, data = make(pathlib.Path(folder))
    broken = bytearray(data)
    broken[erofs.SUPERBLOCK] ^= 1
    tap.refused(ValueError, erofs.Image, bytes(broken))


if __name__ == "__main__":
    tap.main("audit_erofs")
