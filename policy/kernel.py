#!/usr/bin/env python3
"""Prints as CIL what the kernel knows by itself: classes, initial labels and
categories; and the names of the sets of types that the .cil files define, which
CIL wants declared. They are lists without a decision in them; the decisions are
in the .cil files.

    policy/kernel.py                 CIL from policy/classes.list
    policy/kernel.py --list SOURCE   classes.list from a kernel source tree
    policy/kernel.py --check SOURCE  compares the two, exit status 1 if not equal
"""

import pathlib
import re
import sys
import textwrap

CATEGORIES = 1024
# Kinds of file that are no device, and what can be done to each of them.
FILES = ("file", "dir", "lnk_file", "sock_file", "fifo_file")
READ = "getattr open read"
CHANGE = "create setattr write append link unlink rename"
SYSTEMV = ("sem", "msgq", "msg", "shm")
POWERS = {"capability": "over", "capability2": "over",
          "cap_userns": "inside", "cap2_userns": "inside"}
# By number, from security/selinux/include/initial_sid_to_string.h; the numbers
# between are no longer used by Linux but must have a name and a label.
INITIAL = {1: "kernel", 2: "security", 3: "unlabeled", 5: "file", 7: "init",
           8: "any_socket", 9: "port", 10: "netif", 11: "netmsg", 12: "node",
           27: "devnull"}
LIST = pathlib.Path(__file__).parent / "classes.list"
HEADER = pathlib.Path("security/selinux/include/classmap.h")
ABOUT = """\
# What Linux 6.12 asks SELinux about, one class per line with its permissions:
# security/selinux/include/classmap.h. Made by policy/kernel.py --list.
"""


def parse_header(text):
    """{class: [permission]} in the kernel's order."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("\\\n", " ")
    macros = dict(re.findall(r"#define (COMMON_\w+)\s+(.*)", text))

    def words(part):
        for word, macro in re.findall(r'"(\w+)"|(COMMON_\w+)', part):
            if word:
                yield word
            else:
                yield from words(macros[macro])

    body = text[text.index("secclass_map[]"):]
    return {name: list(words(part)) for name, part in
            re.findall(r'\{\s*"(\w+)",\s*\{(.*?)NULL\s*\}', body, re.S)}


def parse_list(text):
    rows = (line.split(": ") for line in text.splitlines()
            if line and not line.startswith("#"))
    return {name: permissions.split() for name, permissions in rows}


def format_list(classes):
    return ABOUT + "".join(f"{name}: {' '.join(permissions)}\n"
                           for name, permissions in classes.items())


def wrap(text):
    return "\n".join(textwrap.wrap(text, 80, subsequent_indent="\t",
                                   break_long_words=False))


def cil_classes(classes):
    for name, permissions in classes.items():
        yield f"(class {name} ({' '.join(permissions)}))"
    yield f"(classorder ({' '.join(classes)}))"


def cil_initial():
    names = [INITIAL.get(n, f"unused{n}") for n in range(1, max(INITIAL) + 1)]
    for name in names:
        yield f"(sid {name})"
        if name.startswith("unused"):
            yield (f"(sidcontext {name} "
                   "(system_u object_r unlabeled_t plain))")
    yield f"(sidorder ({' '.join(names)}))"


def cil_categories():
    names = [f"c{n}" for n in range(CATEGORIES)]
    for name in names:
        yield f"(category {name})"
    yield f"(categoryorder ({' '.join(names)}))"


def cil_verbs(classes):
    """Verbs that hold for every class, every kind of file, socket, capability."""
    for name, permissions in classes.items():
        yield f"(classmapping things touch ({name} (all)))"
        if "mounton" in permissions:
            yield (f"(classmapping files relabel ({name} "
                   "(relabelfrom relabelto)))")
            yield f"(classmapping files cover ({name} (mounton)))"
        if name in FILES:
            yield f"(classmapping files read ({name} ({READ})))"
            yield f"(classmapping files change ({name} ({CHANGE})))"
        if name in SYSTEMV:
            yield f"(classmapping systemv use ({name} (all)))"
        if name in POWERS:
            yield f"(classmapping powers {POWERS[name]} ({name} (all)))"
        if name.endswith("socket"):
            yield f"(classmapping sockets touch ({name} (all)))"
            yield f"(classmapping sockets make ({name} (create)))"
            yield f"(classmapping sockets listen ({name} (listen accept)))"


def cil_sets():
    for path in sorted(LIST.parent.glob("*.cil")):
        for name in re.findall(r"\(typeattributeset (\w+) ",
                               path.read_text(), re.M):
            yield f"(typeattribute {name})"


def main(arguments):
    mine = parse_list(LIST.read_text()) if LIST.exists() else {}
    if not arguments:
        for part in (cil_classes(mine), cil_verbs(mine), cil_initial(),
                     cil_categories(), cil_sets()):
            print("\n".join(map(wrap, part)))
        return 0
    theirs = parse_header((arguments[1] / HEADER).read_text())
    if arguments[0] == "--list":
        print(format_list(theirs), end="")
        return 0
    for name in sorted(set(mine) ^ set(theirs)):
        print(f"class {name}: only {'here' if name in mine else 'in Linux'}")
    for name in mine.keys() & theirs.keys():
        if mine[name] != theirs[name]:
            print(f"class {name}: other permissions")
    return int(mine != theirs)


if __name__ == "__main__":
    sys.exit(main([a if a.startswith("--") else pathlib.Path(a)
                   for a in sys.argv[1:]]))
