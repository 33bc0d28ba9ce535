#!/usr/bin/env python3
"""The policy's promises, checked on its source.

Prints TAP. Run from the repository root; needs secilc. Every neverallow rule
must be the reason for the refusal of some forbidden rule: mutations.list
holds them, one per line, as somebody would write them who wants to open the
house.
"""

import pathlib
import re
import sys

sys.path.append("tests/guest")

import compiled
from compiled import ORDER, POLICY, run, source
from denials import EXCUSES, ROWS

HERE = pathlib.Path("tests/unit/policy")
LINES_MAX = 1000
WIDTH_MAX = 100
# Rules beside each neverallow, the house style's "about four".
ALLOWS_PER_NEVERALLOW = 4.5

cases = []


def case(function):
    """Registers a test; its name is the claim, a returned text the failure."""
    cases.append(function)
    return function


def code(text):
    return re.sub(r";.*", "", text)


def statements(text, word):
    return re.findall(rf"^\s*\({word} ", code(text), re.M)


def neverallows():
    """{(file, line)} of every neverallow rule."""
    found = set()
    for name in ORDER:
        for number, line in enumerate(source(name).splitlines(), 1):
            if line.startswith("(neverallow "):
                found.add((f"policy/{name}.cil", number))
    return found


def mutations():
    for line in (HERE / "mutations.list").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line


@case
def compiles_without_a_warning(build):
    done = build.compile(binary=build.binary)
    if done.returncode or "arning" in done.stdout:
        return done.stdout
    return None


@case
def compiles_to_the_same_bytes_twice(build):
    again = build.folder / "again.bin"
    build.compile(binary=again)
    if again.read_bytes() != build.binary.read_bytes():
        return "two compilations differ"
    return None


@case
def an_allowed_rule_is_accepted(build):
    """The twin of the next case: refusals are not secilc's general mood."""
    done = build.compile("(allow uplink_t sysfs_t (file (read)))")
    return done.stdout if done.returncode else None


@case
def each_forbidden_rule_is_refused_by_a_neverallow(build):
    rules = build.refusals(mutations())
    return "\n".join(rule for rule in rules if not rules[rule]) or None


@case
def a_forbidden_rule_alone_is_refused_too(build):
    done = build.compile(next(mutations()))
    if done.returncode and "neverallow check failed" in done.stdout:
        return None
    return done.stdout or "accepted"


@case
def each_neverallow_refuses_some_forbidden_rule(build):
    hit = set().union(*build.refusals(mutations()).values())
    idle = sorted(neverallows() - hit)
    return "\n".join(f"{f}:{n} never refused anything" for f, n in idle) or None


@case
def each_neverallow_is_tried_in_a_guest_or_says_why_not(build):
    """denials.list, which tests/guest/policy_test.py goes through."""
    tried = build.refusals({row.rule for row in ROWS if row.denial})
    excused = build.refusals({excuse.rule for excuse in EXCUSES})
    hit, without = (set().union(*found.values()) for found in (tried, excused))
    bad = [f"{file}:{line} is never tried" for file, line in
           sorted(neverallows() - hit - without)]
    bad += [f"denials.list:{row.number}: no neverallow forbids {row.rule}"
            for row in ROWS if row.denial and not row.is_about_categories
            and not tried[row.rule]]
    bad += [f"denials.list:{excuse.number}: needs no excuse"
            for excuse in EXCUSES if excused[excuse.rule] <= hit
            or len(excuse.reason) < 8]
    return "\n".join(bad) or None


@case
def each_domain_is_refused_something_in_a_guest(build):
    del build
    domains = set(re.findall(r"\(type (\w+)\)", code(source("subject"))))
    tried = {row.denial[0] for row in ROWS if row.denial}
    return " ".join(sorted(domains ^ tried)) or None


@case
def the_classes_are_those_of_the_kernel(build):
    """Against the header in Debian's kernel source, which the build fetched."""
    package = run("image/deps/fetch", "linux-source-6.12").stdout.split()[-1]
    member = "linux-source-6.12/security/selinux/include/classmap.h"
    script = ("dpkg-deb --fsys-tarfile \"$1\" |"
              "tar -xO ./usr/src/linux-source-6.12.tar.xz |"
              "tar -xJ -C \"$2\" --occurrence=1 \"$3\" 2>/dev/null")
    run("sh", "-c", script, "sh", package, str(build.folder), member, ok=False)
    done = run(str(POLICY / "kernel.py"), "--check",
               str(build.folder / "linux-source-6.12"), ok=False)
    return done.stdout if done.returncode else None


@case
def no_allow_rule_is_for_everything(build):
    """Sets of all types are for neverallow rules only."""
    del build
    wide = r"\b(any_o|not_\w+|unverified_o|\(all\))"
    found = [line for name in ORDER for line in source(name).splitlines()
             if re.match(r"\s*\(allow ", line) and re.search(wide, line)]
    return "\n".join(found) or None


@case
def only_sets_and_types_with_a_sentence_exist(build):
    del build
    bad = []
    for name in ("subject", "object"):
        for line in source(name).splitlines():
            if line.startswith("(type ") and not re.search(
                    r"; [A-Z].{12,}[.]+$", line):
                bad.append(line)
    return "\n".join(bad) or None


@case
def each_rule_stands_under_a_sentence(build):
    """Rules come in blocks, each opened by a comment; blank lines part them."""
    del build
    bad = []
    for name in ("mcs", "boot", "house", "engine", "task"):
        for block in source(name).split("\n\n"):
            first = block.lstrip("\n").splitlines()[:1]
            if first and not first[0].startswith(";"):
                bad.append(f"{name}: {first[0]}")
    return "\n".join(bad) or None


@case
def each_group_of_rules_ends_with_its_objective(build):
    del build
    bad = []
    for name in ("boot", "house", "engine", "task"):
        for group in re.split(r"^; --- ", source(name), flags=re.M)[1:]:
            rules = re.findall(r"^\((\w+)", group, re.M)
            if "allow" in rules and (rules[-1] != "neverallow" or
                                     "; Objective: " not in group):
                bad.append(f"{name}: {group.splitlines()[0]}")
    return "\n".join(bad) or None


@case
def a_person_can_read_it(build):
    del build
    lines = [(name, line.expandtabs(8)) for name in ORDER
             for line in source(name).splitlines()]
    wide = [f"{name}: {line}" for name, line in lines if len(line) > WIDTH_MAX]
    text = "\n".join(source(name) for name in ORDER)
    allows = len(statements(text, "allow"))
    nevers = len(statements(text, "neverallow"))
    if allows > ALLOWS_PER_NEVERALLOW * nevers:
        wide.append(f"{allows} allow rules to {nevers} neverallow rules")
    if len(lines) >= LINES_MAX:
        wide.append(f"{len(lines)} lines")
    return "\n".join(wide) or None


@case
def each_label_in_the_sources_exists(build):
    del build
    known = set(re.findall(r"\(type (\w+)\)",
                           code("".join(map(source, ORDER)))))
    bad = []
    for folder in ("init", "runtime", "image"):
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix not in (".c", ".h", ".py", "") or path.is_dir():
                continue
            text = path.read_text(errors="replace")
            for label in re.findall(r"system_u:(?:object_r|system_r):(\w+_t)\b",
                                    text):
                if label not in known:
                    bad.append(f"{path}: {label}")
    return "\n".join(bad) or None


@case
def each_file_system_that_is_mounted_has_a_label(build):
    """A type of file system that fs.cil does not name is unlabeled_t."""
    del build
    said = set(re.findall(r"^\((?:fsuse \w+|genfscon) (\w+) ", source("fs"),
                          re.M))
    mounted = set()
    for folder in ("init", "runtime"):
        for path in pathlib.Path(folder).rglob("*.c"):
            mounted |= set(re.findall(
                r'(?:\.type = |sys_fsopen\(|add_grant_mount\(l, )"(\w+)"',
                path.read_text()))
    if not {"erofs", "tmpfs", "overlay", "bpf", "tracefs"} <= mounted:
        return f"cannot read the sources: {mounted}"
    return " ".join(sorted(mounted - said - {"bind"})) or None


@case
def the_inventory_says_the_same_as_the_policy(build):
    done = build.compile()
    if done.returncode:
        return done.stdout
    contexts = build.folder / "contexts"
    run("secilc", "-c", "33", "-o", "/dev/null", "-f", str(contexts),
        *build.files)
    rules = []
    for line in contexts.read_text().splitlines():
        fields = line.split("\t")
        rules.append((re.compile(fields[0] + "$"), fields[1],
                      fields[-1].split(":")[2]))
    bad = []
    for line in pathlib.Path("image/inventory").read_text().splitlines():
        row = line.split()
        if not row or line.startswith("#"):
            continue
        kinds = ("--", ) if row[2] == "f" else ("-d", )
        said = [t for pattern, kind, t in rules
                if pattern.match(row[0]) and (kind in kinds or len(kind) > 2)]
        if not said or said[-1] != row[3]:
            bad.append(f"{row[0]}: {row[3]} in the inventory, "
                       f"{said[-1] if said else 'nothing'} in the policy")
    return "\n".join(bad) or None


if __name__ == "__main__":
    sys.exit(compiled.main("policy", cases))
