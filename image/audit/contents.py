# SPDX-License-Identifier: MIT
"""What is on the root of the disk image, and how its programs are made."""

import dataclasses
import hashlib
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import erofs
import gpt

PROGRAMS = ("courier", "format", "init", "intake", "metadata", "reaper",
            "runtime", "uplink")
LIBRARY = "/usr/lib/cloister/"


@dataclasses.dataclass(frozen=True)
class File:
    path: str
    kind: str		# file, directory, or what it should not be
    mode: int		# permission bits
    owner: str		# "uid:gid"
    size: int
    label: str
    sha256: str		# "" for directories
    elf: bool


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    size: int
    budget: int
    gates: dict		# name: True if it holds


def _kind(mode):
    return {stat.S_IFREG: "file", stat.S_IFDIR: "directory"}.get(
        stat.S_IFMT(mode), "other")


def _file(node, tree):
    digest, is_elf = "", False
    if stat.S_ISREG(node.mode):
        data = (tree / node.path.lstrip("/")).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        is_elf = data[:4] == b"\x7fELF"
    return File(node.path, _kind(node.mode), stat.S_IMODE(node.mode),
                f"{node.uid}:{node.gid}", node.size, node.label, digest,
                is_elf)


def files(disk):
    """Every File of the root partition, in order of their paths."""
    data = gpt.read(disk, "cloister-root")
    with tempfile.TemporaryDirectory(prefix="cloister-audit-") as scratch:
        image = pathlib.Path(scratch, "root.erofs")
        image.write_bytes(data)
        tree = pathlib.Path(scratch, "tree")
        subprocess.run(["fsck.erofs", f"--extract={tree}", str(image)],
                       check=True, stdout=subprocess.DEVNULL)
        return [_file(node, tree) for node in erofs.Image(data).walk()]


def _readelf(*words):
    return subprocess.run(["readelf", *words], check=True, text=True,
                          stdout=subprocess.PIPE,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


# Beside what tests/style/gates.sh refuses at build, the stack protector, which
# only the program with symbols shows.
GATES = {
    "position independent": ("-hW", r"Type: +DYN ", True),
    "no interpreter": ("-lW", r"^ +INTERP ", False),
    "no shared library": ("-dW", r"\(NEEDED\)", False),
    "no text relocation": ("-dW", r"\(TEXTREL\)|FLAGS.*TEXTREL", False),
    "bound at start": ("-dW", r"FLAGS.* NOW|BIND_NOW", True),
    "relocations read-only": ("-lW", r"^ +GNU_RELRO ", True),
    "stack not executable":
        ("-lW", r"^ +GNU_STACK +(0x[0-9a-f]+ +){5}RW +", True),
    "no page writable and executable":
        ("-lW", r"^ +LOAD +(0x[0-9a-f]+ +){5}RWE", False),
    "stripped": ("-SW", r" \.symtab ", False),
}


def budgets(makefiles):
    """{program: bytes} as the build has them; "" is that of the others."""
    text = "\n".join(pathlib.Path(m).read_text() for m in makefiles)
    return {name: int(size) for name, size in
            re.findall(r"^(?:(\w+)_)?BUDGET := (\d+)$", text, re.M)}


def program(name, path, symbols, budget):
    """The Program in the file `path`; `symbols` is it before the strip."""
    said = {words: _readelf(words, str(path))
            for words in {words for words, _, _ in GATES.values()}}
    gates = {gate: bool(re.search(pattern, said[words], re.M)) is wanted
             for gate, (words, pattern, wanted) in GATES.items()}
    gates["stack protector"] = \
        "__stack_chk_fail" in _readelf("-sW", str(symbols))
    size = path.stat().st_size
    gates["within its budget"] = size <= budget
    return Program(name, size, budget, gates)


def programs(build, root):
    build, root = pathlib.Path(build), pathlib.Path(root)
    sizes = budgets([root / "Makefile", root / "init/module.mk",
                     *root.glob("runtime/*/module.mk"),
                     *root.glob("runtime/module.mk")])
    return [program(name, build / name, build / "debug" / name,
                    sizes.get(name, sizes[""])) for name in PROGRAMS]
