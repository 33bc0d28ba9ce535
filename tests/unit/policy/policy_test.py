#!/usr/bin/env python3
"""The policy's promises, checked on its source and on the compiled binary.

Prints TAP. Run from the repository root; needs secilc, seinfo, sesearch.
Every neverallow rule must be the reason for the refusal of some forbidden
rule below: mutations.list holds them, one per line, as somebody would write
them who wants to open the house.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

POLICY = pathlib.Path("policy")
HERE = pathlib.Path("tests/unit/policy")
ORDER = ["base", "class", "subject", "object", "fs", "mcs", "boot", "house",
         "engine", "task"]
LINES_MAX = 1000
WIDTH_MAX = 100
# Rules beside each neverallow, the house style's "about four".
ALLOWS_PER_NEVERALLOW = 4.5

cases = []


def case(function):
    """Registers a test; its name is the claim, a returned text the failure."""
    cases.append(function)
    return function


def run(*command, ok=True):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if ok and done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
    return done


def source(name):
    return (POLICY / f"{name}.cil").read_text()


def code(text):
    return re.sub(r";.*", "", text)


def statements(text, word):
    return re.findall(rf"^\({word} ", code(text), re.M)


class Build:
    """Compiles the policy, with or without more rules, in its own folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.kernel = self.folder / "kernel.cil"
        self.kernel.write_text(run(str(POLICY / "kernel.py")).stdout)
        self.binary = self.folder / "policy.bin"
        self.files = [str(POLICY / f"{n}.cil") for n in ORDER]
        self.files.append(str(self.kernel))

    def refusals(self, rules):
        """{rule: {(file, line)}}: which neverallow rules refuse it. secilc
        names for each neverallow the rules that offend it, one per line of a
        file of ours."""
        found = {rule: set() for rule in rules}
        done = self.compile("\n".join(found))
        lines = list(found)
        for part in done.stdout.split("neverallow check failed at ")[1:]:
            place, number = re.match(r"(\S+):(\d+)", part).groups()
            for line in re.findall(r"allow at \S+/extra\.cil:(\d+)", part):
                found[lines[int(line) - 1]].add((place, int(number)))
        return found

    def compile(self, rules=None, binary=None):
        files = list(self.files)
        if rules:
            extra = self.folder / "extra.cil"
            extra.write_text(rules + "\n")
            files.append(str(extra))
        return run("secilc", "-c", "33", "-v", "-o",
                   str(binary or self.folder / "trial.bin"), "-f", "/dev/null",
                   *files, ok=False)


def search(build, *options):
    """Rules of the compiled policy as lines, attributes expanded."""
    out = run("sesearch", *options, str(build.binary)).stdout
    return [line for line in out.splitlines() if line.strip()]


def members(build, attribute):
    """Types of an attribute in the compiled policy."""
    out = run("seinfo", str(build.binary), "-x", "-a", attribute).stdout
    return set(re.findall(r"^\t\t?(\w+_t)\b", out, re.M)) or set(
        re.findall(r"\b(\w+_t)\b", out))


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
def unknown_classes_are_denied(build):
    out = run("seinfo", str(build.binary)).stdout
    return None if re.search(r"Handle unknown classes:\s+deny", out) else out


@case
def no_type_is_permissive(build):
    out = run("seinfo", str(build.binary), "--permissive").stdout
    return None if "Permissive Types: 0" in out else out


@case
def no_name_says_unconfined(build):
    out = run("seinfo", str(build.binary), "-t", "-a").stdout
    return "\n".join(re.findall(r".*unconfined.*", out)) or None


@case
def no_allow_rule_is_for_everything(build):
    """Sets of all types are for neverallow rules only."""
    del build
    wide = r"\b(any_o|not_\w+|unverified_o|\(all\))"
    found = [line for name in ORDER for line in source(name).splitlines()
             if re.match(r"\(allow ", line) and re.search(wide, line)]
    return "\n".join(found) or None


@case
def tasks_have_no_path_to_a_domain_of_the_house(build):
    edges = {}
    for line in search(build, "-A", "-c", "process",
                       "-p", "transition,dyntransition"):
        match = re.match(r"allow (\w+) (\w+):", line)
        for subject in members(build, match[1]) or {match[1]}:
            for target in members(build, match[2]) or {match[2]}:
                edges.setdefault(subject, set()).add(target)
    tasks, house = members(build, "task_s"), members(build, "house_s")
    if len(tasks) != 14 or len(house) != 6 or not edges.get("runtime_t"):
        return f"cannot read the policy: {tasks} {house} {edges}"
    seen, todo = set(), list(tasks)
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += edges.get(here, ())
    return " ".join(sorted(seen & house)) or None


@case
def nothing_unlabelled_is_reachable(build):
    found = search(build, "-A", "-t", "unlabeled_t")
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


def grant_rows():
    """[(capability in small letters, type)] of policy/grants.c."""
    text = (POLICY / "grants.c").read_text()
    rows = [(n.lower(), "task_t") for n in re.findall(r"\bDEFAULT\((\w+)\),",
                                                      text)]
    rows += [(n.lower(), t) for n, t in
             re.findall(r'\bGRANT\((\w+),\s*"(\w+)"', text)]
    return rows


def permissions_of(build, domain, *options):
    """{(target, class, permission)} that the policy allows to a domain."""
    found = set()
    for line in search(build, "-A", "-s", domain, *options):
        target, kind, several, one = re.match(
            r"allow \w+ (\w+):(\w+) (?:\{ (.*) \}|(\w+));", line).groups()
        found |= {(target, kind, p) for p in (several or one).split()}
    return found


def capabilities_of(build, domain):
    return {p for _, kind, p in permissions_of(build, domain, "-t", domain)
            if kind in ("capability", "capability2")}


@case
def each_grant_has_a_type_that_allows_its_capability(build):
    rows = grant_rows()
    bad = [] if len(rows) == 41 else [f"{len(rows)} rows in grants.c"]
    for domain in {t for _, t in rows} | {"task_super_t"}:
        wanted = {n for n, t in rows if t in (domain, "task_t")}
        if domain == "task_super_t":
            wanted = {n for n, _ in rows}
        # In the instance's network NET_RAW is one of the network's grants.
        host = wanted if domain in ("task_net_t", "task_super_t") else \
            wanted - {"net_raw"}
        for name, want in ((domain, wanted),
                           (domain.replace("task_", "task_host_"), host)):
            if capabilities_of(build, name) != want:
                bad.append(f"{name}: "
                           f"{sorted(capabilities_of(build, name) ^ want)}")
    return "\n".join(bad) or None


@case
def a_twin_differs_from_its_type_by_the_network_alone(build):
    """A task in the instance's network may do what one in its own may, but
    for whole packets and the machine's events."""
    def rules(name, side):
        return {("self" if target in (name, side) else target, *rest)
                for target, *rest in permissions_of(build, name)}

    def is_of_the_network(_, kind, permission):
        return kind in ("packet_socket", "rawip_socket",
                        "netlink_kobject_uevent_socket") or \
            (kind, permission) == ("capability", "net_raw")

    bad = []
    for own in sorted(members(build, "own_s")):
        host = own.replace("task_", "task_host_")
        odd = rules(own, "own_s") ^ rules(host, "host_s")
        bad += [f"{own}: {' '.join(rule)}" for rule in sorted(odd)
                if not is_of_the_network(*rule)]
        if not odd:
            bad.append(f"{own}: no different from {host}")
    return "\n".join(bad) or None


@case
def each_label_in_the_sources_exists(build):
    known = set(run("seinfo", str(build.binary), "-t").stdout.split())
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


def main():
    failed = False
    print("TAP version 13")
    print(f"1..{len(cases)}")
    with tempfile.TemporaryDirectory() as folder:
        build = Build(folder)
        for number, function in enumerate(cases, 1):
            problem = function(build)
            for line in (problem or "").splitlines():
                print(f"# {line}")
            print(f"{'not ok' if problem else 'ok'} {number} "
                  f"policy.{function.__name__}")
            failed = failed or bool(problem)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
