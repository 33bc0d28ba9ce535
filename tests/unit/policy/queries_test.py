#!/usr/bin/env python3
"""What the compiled policy permits, asked with setools.

Prints TAP. Run from the repository root; needs secilc, seinfo, sesearch,
sedta. policy_test.py looks at the source, this at what the kernel gets.
"""

import functools
import re
import sys

import compiled
from compiled import POLICY, run

cases = []


def case(function):
    """Registers a test; its name is the claim, a returned text the failure."""
    cases.append(function)
    return function


class Facts:
    """The whole policy, attributes expanded.

    types       every type
    attributes  {attribute: its types}
    permits     {subject: {(target, class, permission)}}
    """

    def __init__(self, binary):
        names = run("seinfo", binary, "--flat", "-t").stdout.split()
        self.types = {name for name in names if name.endswith("_t")}
        self.attributes = {}
        for part in run("seinfo", binary, "-x", "-a").stdout.split(
                "attribute ")[1:]:
            words = re.findall(r"\w+", part)
            self.attributes[words[0]] = set(words[1:])
        self.permits = {}
        for line in run("sesearch", "-A", binary).stdout.splitlines():
            # The others take something away from what a rule allows.
            if line.startswith("allow "):
                self._take(line)

    def _take(self, line):
        source, target, kind, several, one = re.match(
            r"allow (\w+) (\w+):(\w+) (?:\{ (.*) \}|(\w+));", line).groups()
        for subject in self.expand(source):
            for t in self.expand(target):
                self.permits.setdefault(subject, set()).update(
                    (t, kind, p) for p in (several or one).split())

    def expand(self, name):
        return self.attributes.get(name, {name})

    def targets(self, subject, kind, permission):
        return {t for t, k, p in self.permits.get(subject, ())
                if (k, p) == (kind, permission)}


@functools.cache
def facts(build):
    done = build.compile(binary=build.binary)
    if done.returncode:
        raise RuntimeError(done.stdout)
    return Facts(str(build.binary))


@case
def the_queries_see_the_policy(build):
    """The twin of all that follows: nothing is absent because it was unread."""
    f = facts(build)
    counts = [len(f.attributes[a]) for a in ("task_s", "host_s", "own_s",
                                             "house_s")]
    if counts != [14, 7, 7, 9] or len(f.types) != len(f.attributes["any_o"]):
        return f"{counts} {len(f.types)}"
    known = [("runtime_t", ("task_t", "process", "transition")),
             ("uplink_t", ("port_t", "tcp_socket", "name_connect")),
             ("task_host_net_t", ("task_host_net_t", "packet_socket", "bind"))]
    return "\n".join(f"{s} {rule}" for s, rule in known
                     if rule not in f.permits[s]) or None


@case
def unknown_classes_are_denied(build):
    facts(build)
    out = run("seinfo", str(build.binary)).stdout
    return None if re.search(r"Handle unknown classes:\s+deny", out) else out


@case
def no_type_is_permissive(build):
    facts(build)
    out = run("seinfo", str(build.binary), "--permissive").stdout
    return None if "Permissive Types: 0" in out else out


@case
def no_name_says_unconfined(build):
    f = facts(build)
    return "\n".join(n for n in f.types | set(f.attributes)
                     if "unconfined" in n) or None


@case
def no_domain_may_do_everything_with_anything(build):
    """What an unconfined domain is, whatever it is called: a permission over
    every type, or every permission of a class that guards the machine."""
    f = facts(build)
    bad = []
    for subject, rules in f.permits.items():
        kinds = {(k, p) for _, k, p in rules}
        bad += [f"{subject}: {k} {p} over every type" for k, p in kinds
                if f.targets(subject, k, p) >= f.types]
        for kind, count in (("process", 31), ("security", 11), ("system", 8)):
            if len({p for k, p in kinds if k == kind}) >= count:
                bad.append(f"{subject}: all of class {kind}")
    return "\n".join(bad) or None


@case
def no_domain_holds_more_than_its_share_of_files(build):
    """Nobody writes to more than half of the types, nor executes what is not
    a program or a task's."""
    f = facts(build)
    bad = [f"{s} writes {len(f.targets(s, 'file', 'write'))} types"
           for s in f.permits
           if 2 * len(f.targets(s, "file", "write")) > len(f.types)]
    code = {t for t in f.types if t.endswith("_exec_t")} | {
        "task_file_t", "layer_t", "fuse_t"}
    bad += [f"{s} executes {t}" for s in f.permits
            for t in f.targets(s, "file", "execute") - code]
    return "\n".join(bad) or None


@case
def tasks_have_no_path_to_a_domain_of_the_house(build):
    """sedta follows transitions with their entry points and defaults."""
    f = facts(build)

    def leaves(domain):
        return run("sedta", "-p", str(build.binary), "-s", domain).stdout
    bad = [f"{domain}: {leaves(domain)}"
           for domain in sorted(f.attributes["task_s"])
           if "\n0 domain transition(s) found" not in leaves(domain)]
    if "init_t -> runtime_t" not in leaves("init_t"):
        bad.append("sedta sees no transition of init_t")
    return "\n".join(bad) or None


@case
def no_rule_lets_a_task_become_anything_else(build):
    """The same without the entry points: the permission alone."""
    f = facts(build)
    return "\n".join(
        f"{task} {kind} {p} {t}" for task in sorted(f.attributes["task_s"])
        for t, kind, p in f.permits[task]
        if kind in ("process", "process2") and "transition" in p
        or (kind, p) in (("process", "setexec"), ("process", "setcurrent"),
                         ("process", "share"))) or None


@case
def nothing_unlabelled_is_reachable(build):
    f = facts(build)
    return "\n".join(f"{s} {rule}" for s, rules in f.permits.items()
                     for rule in rules if rule[0] == "unlabeled_t") or None


@case
def every_type_has_a_rule(build):
    """But for what nobody touches: it is there to be refused."""
    f = facts(build)
    touched = set(f.permits) | {t for rules in f.permits.values()
                                for t, _, _ in rules}
    idle = f.types - touched
    wanted = {"unlabeled_t", "initramfs_t", "handle_t", "netif_t"}
    return None if idle == wanted else " ".join(sorted(idle ^ wanted))


@case
def every_domain_is_a_process_and_every_object_is_none(build):
    """Only subjects may do anything, but for lying on a file system, and for a
    door, which has an address."""
    f = facts(build)
    processes = f.attributes["house_s"] | f.attributes["task_s"]
    return "\n".join(
        f"{s} {rule}" for s, rules in f.permits.items() for rule in rules
        if s not in processes and rule[1:] != ("filesystem", "associate")
        and (s, *rule) != ("door_t", "node_t", "tcp_socket", "node_bind")
        ) or None


def grant_rows():
    """[(capability in small letters, type)] of policy/grants.c."""
    text = (POLICY / "grants.c").read_text()
    rows = [(n.lower(), "task_t") for n in re.findall(r"\bDEFAULT\((\w+)\),",
                                                      text)]
    rows += [(n.lower(), t) for n, t in
             re.findall(r'\bGRANT\((\w+),\s*"(\w+)"', text)]
    return rows


def capabilities_of(build, domain):
    return {p for t, kind, p in facts(build).permits[domain]
            if t == domain and kind in ("capability", "capability2")}


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
    for whole packets and the machine's events; and both keep to their side."""
    f = facts(build)

    def rules(name, side):
        return {("self" if t in f.attributes[side] else t, k, p)
                for t, k, p in f.permits[name]}

    def is_of_the_network(_, kind, permission):
        return kind in ("packet_socket", "rawip_socket",
                        "netlink_kobject_uevent_socket") or \
            (kind, permission) == ("capability", "net_raw")

    bad = []
    for own in sorted(f.attributes["own_s"]):
        host = own.replace("task_", "task_host_")
        odd = rules(own, "own_s") ^ rules(host, "host_s")
        bad += [f"{own}: {' '.join(rule)}" for rule in sorted(odd)
                if not is_of_the_network(*rule)]
        if not odd:
            bad.append(f"{own}: no different from {host}")
    return "\n".join(bad) or None


if __name__ == "__main__":
    sys.exit(compiled.main("queries", cases))
