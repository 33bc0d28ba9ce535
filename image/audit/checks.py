# SPDX-License-Identifier: MIT
"""The checks: what must be so in the evidence of a booted image.

In the manner of the CIS benchmarks: a number, a title, the claims of
SECURITY.md that it belongs to, and a judge that looks at the House and gives
what is wrong (nothing, if it passes) and what was seen. The judges know what
must be so by themselves; they do not ask the tables that made it so, but for
the one check that compares both.
"""

import dataclasses
import json

LIFETIME_MAX_S = 14 * 24 * 3600
NO_CAPABILITY = "0" * 16
CAPABILITY_NUMBERS = {"NET_ADMIN": 12}
DOMAINS = {"host/init": "init_t", "host/intake": "intake_t",
           "host/runtime": "runtime_t", "host/unpack": "unpack_t",
           "host/uplink": "uplink_t"}
# enum bpf_attach_type of linux/bpf.h.
HOOKS = {1: "egress", 2: "inet_sock_create", 8: "inet4_bind",
         9: "inet6_bind", 10: "inet4_connect", 11: "inet6_connect",
         14: "udp4_sendmsg", 15: "udp6_sendmsg"}
SENDING = ("inet4_connect", "inet6_connect", "udp4_sendmsg", "udp6_sendmsg")
GUARDS = {("host", "inet4_bind"), ("host", "inet6_bind"),
          *((f"host/{name}", "inet_sock_create")
            for name in ("init", "intake", "runtime", "unpack")),
          *((group, hook) for group in ("host/uplink", "tasks")
            for hook in SENDING),
          ("tasks", "egress")}
MAY_EXECUTE = ("/data",)	# programs of containers run from here
MAY_HAVE_NODES = ("/dev",)


@dataclasses.dataclass
class House:
    """Everything that is judged."""
    statement: object	# witness.Statement
    documents: list	# facts of every evidence document, verified
    broken: str		# why the chain is not whole, "" if it is
    files: list		# contents.File of the root
    programs: list	# contents.Program
    spdx: dict
    incomplete: list	# what the SBOM lacks
    version: str	# as built
    root_hash: str
    release: str	# of the kernel
    parameters: list	# words of the built command line
    settings: dict	# {path: value} of init/settings
    inventory: set	# paths of image/inventory

    @property
    def boot(self):
        return self.documents[0]

    def records(self, name):
        return [r.values for r in self.statement.records
                if r.name == f"cloister.{name}"]


@dataclasses.dataclass(frozen=True)
class Check:
    id: str
    title: str
    claims: tuple
    judge: object	# House -> (list of what is wrong, what was seen)


@dataclasses.dataclass(frozen=True)
class Verdict:
    check: Check
    passed: bool
    wrong: tuple
    seen: str


CHECKS = []


def check(number, title, *claims):
    """Registers a judge."""
    def register(judge):
        CHECKS.append(Check(number, title, claims, judge))
        return judge
    return register


def judge_all(house):
    """A Verdict for every check; a judge that cannot judge has failed."""
    out = []
    for one in CHECKS:
        try:
            wrong, seen = one.judge(house)
        except (KeyError, IndexError, ValueError, TypeError,
                AttributeError) as why:
            wrong, seen = [f"cannot be judged: {why!r}"], ""
        out.append(Verdict(one, not wrong, tuple(map(str, wrong)), seen))
    return out


def differs(name, seen, wanted):
    return [] if seen == wanted else [f"{name} is {seen}, not {wanted}"]


def in_all(house, name, value_of):
    """What differs from the first document in a later one."""
    first = value_of(house.boot)
    return [f"{name} became {value_of(d)} in document {d['sequence']}"
            for d in house.documents if value_of(d) != first]


def flags(mount):
    return set(mount["flags"].split(","))


def own_mounts(document):
    """Without what runtime mounts while it makes a container."""
    return [m for m in document["mounts"]
            if not m["target"].startswith("/data/")]


def lacks_flag(house, flag, but=()):
    return [f"{m['target']} lacks {flag}" for m in own_mounts(house.boot)
            if flag not in flags(m) and m["target"] not in but]


# ------------------------------------------------------------ 1 file systems

@check("1.1", "The root is EROFS, mounted read-only", "R6")
def root_is_read_only(house):
    root = next(m for m in house.boot["mounts"] if m["target"] == "/")
    wrong = differs("type", root["type"], "erofs")
    if "ro" not in flags(root):
        wrong.append("mounted writable")
    return wrong, f"{root['type']} {root['flags']}"


@check("1.2", "device-mapper verifies the root hash that was built", "R6", "R8")
def root_hash_is_built(house):
    seen = house.boot["root"]["hash"]
    return differs("root hash", seen, house.root_hash) + \
        in_all(house, "root hash", lambda d: d["root"]["hash"]), seen


@check("1.3", "The boot image names the same root hash", "R6")
def parameters_name_the_hash(house):
    word = f"cloister.roothash={house.root_hash}"
    return [] if word in house.boot["parameters"] else [f"no {word}"], word


@check("1.4", "No mount honours set-user-id bits", "R6", "R7")
def mounts_are_nosuid(house):
    return lacks_flag(house, "nosuid"), "nosuid on all"


@check("1.5", "No mount but /dev has device nodes", "R6")
def mounts_are_nodev(house):
    return lacks_flag(house, "nodev", MAY_HAVE_NODES), "nodev on all but /dev"


@check("1.6", "Nothing that can be written to can be executed", "R5", "R6")
def writable_is_noexec(house):
    return [f"{m['target']} is writable and executable"
            for m in own_mounts(house.boot)
            if "rw" in flags(m) and "noexec" not in flags(m)
            and m["target"] not in MAY_EXECUTE], \
        "noexec on all but /data, where containers' programs lie"


@check("1.7", "Every mount has an SELinux label", "R7")
def mounts_have_labels(house):
    mounts = own_mounts(house.boot)
    return [f"{m['target']} has none" for m in mounts if not m["label"]], \
        ", ".join(f"{m['target']} {m['label'].split(':')[2]}" for m in mounts)


@check("1.8", "A process does not see those that it could not trace", "R3")
def proc_hides(house):
    proc = next(m for m in house.boot["mounts"] if m["target"] == "/proc")
    return [] if "hidepid=invisible" in proc["options"].split(",") else \
        ["hidepid is not invisible"], proc["options"]


# ------------------------------------------------- 2 mandatory access control

@check("2.1", "SELinux enforces", "R7")
def selinux_enforces(house):
    wrong = [f"document {d['sequence']}: enforcing is "
             f"{d['policy']['enforcing']}" for d in house.documents
             if d["policy"]["enforcing"] != 1]
    return wrong, f"enforcing in {len(house.documents)} documents"


@check("2.2", "The kernel holds one policy from boot to power-off", "R7")
def policy_stays(house):
    return in_all(house, "policy", lambda d: d["policy"]["sha256"]), \
        house.boot["policy"]["sha256"]


@check("2.3", "A policy was loaded once, and enforcing never set", "R7", "R22")
def policy_is_loaded_once(house):
    seen = [(c["change"], c["value"]) for c in house.records("policy.changed")]
    return differs("changes", seen, [("load", 1)]), \
        ", ".join(f"{change} {value}" for change, value in seen)


@check("2.4", "Every process of the house runs in its own domain", "R5", "R7")
def domains_are_right(house):
    wrong, seen = [], []
    for document in house.documents:
        for p in document["processes"]:
            domain = p["domain"].split(":")[2]
            seen.append(f"{p['cgroup']} {domain}")
            wrong += differs(p["cgroup"], domain, DOMAINS.get(p["cgroup"]))
    return wrong, ", ".join(dict.fromkeys(seen))


@check("2.5", "Nothing that the house did was denied", "R7", "R22")
def house_is_not_denied(house):
    house_types = set(DOMAINS.values()) | {"kernel_t"}
    return [f"{d['source']} {d['permission']} {d['target']}"
            for d in house.records("denial")
            if d["source"].split(":")[2] in house_types], "no denial"


# ------------------------------------------------------------------ 3 kernel

def setting(number, title, wanted, *claims):
    """A check of some files below /proc/sys."""
    @check(number, title, *claims)
    def judge(house):
        seen = {path: house.boot["sysctls"].get(path) for path in wanted}
        return [w for path, value in wanted.items()
                for w in differs(path, seen[path], value)], \
            ", ".join(f"{p} = {v}" for p, v in seen.items())


@check("3.1", "The kernel is locked down", "R6", "R7")
def kernel_is_locked_down(house):
    seen = house.boot["lockdown"]
    return ([] if seen in ("integrity", "confidentiality") else
            [f"lockdown is {seen}"]) + \
        in_all(house, "lockdown", lambda d: d["lockdown"]), seen


@check("3.2", "No module can be loaded any more", "R6", "R7")
def modules_are_closed(house):
    return differs("modules_closed", house.boot["modules_closed"], 1), \
        "closed for good"


@check("3.3", "The kernel was started with the built command line, no word "
       "more or less", "R2", "R6")
def parameters_are_built(house):
    seen = house.boot["parameters"]
    return [f"{word} is missing" for word in house.parameters
            if word not in seen] + \
        [f"{word} is not of the build" for word in seen
         if word not in house.parameters], " ".join(seen)


@check("3.4", "Every row of the settings table reads as it says", "R2", "R6")
def settings_hold(house):
    seen = house.boot["sysctls"]
    wrong = [w for path, value in house.settings.items() if path in seen
             for w in differs(path, seen[path], value)]
    more = [f"{path} is in no table" for path in seen
            if path not in house.settings]
    lacking = sorted(set(house.settings) - set(seen))
    return wrong + more + (["no setting at all"] if not seen else []), \
        f"{len(seen)} rows hold; this kernel lacks: " \
        f"{', '.join(lacking) or 'none'}"


setting("3.5", "Addresses of the kernel and its log are not shown",
        {"kernel/kptr_restrict": "2", "kernel/dmesg_restrict": "1"}, "R2")
setting("3.6", "Memory layout is random",
        {"kernel/randomize_va_space": "2", "vm/mmap_rnd_bits": "32"}, "R5")
setting("3.7", "Tracing needs privilege",
        {"kernel/yama/ptrace_scope": "2"}, "R3")
setting("3.8", "BPF needs privilege, its code is hardened",
        {"kernel/unprivileged_bpf_disabled": "1",
         "net/core/bpf_jit_harden": "2"}, "R11", "R13")
setting("3.9", "No other kernel is started, no key of the console heard",
        {"kernel/kexec_load_disabled": "1", "kernel/sysrq": "0",
         "kernel/ctrl-alt-del": "0"}, "R2")
setting("3.10", "An oops ends the machine",
        {"kernel/panic_on_oops": "1", "kernel/panic": "-1"}, "R6")
setting("3.11", "A process that changed its privilege leaves no core dump",
        {"fs/suid_dumpable": "0"}, "R4")
setting("3.12", "Links and files of others are no traps",
        {"fs/protected_symlinks": "1", "fs/protected_hardlinks": "1",
         "fs/protected_fifos": "2", "fs/protected_regular": "2"}, "R3")
setting("3.13", "io_uring and userfaultfd are closed",
        {"kernel/io_uring_disabled": "2",
         "vm/unprivileged_userfaultfd": "0"}, "R3")
setting("3.14", "The console shows no byte of a task",
        {"kernel/printk": "3 4 1 3"}, "R4")

# ----------------------------------------------------------------- 4 network

setting("4.1", "The machine forwards no packet",
        {"net/ipv4/ip_forward": "0", "net/ipv6/conf/all/forwarding": "0"},
        "R21")
setting("4.2", "Redirects and source routes are refused",
        {f"net/ipv4/conf/{i}/{name}": "0" for i in ("all", "default")
         for name in ("accept_redirects", "secure_redirects",
                      "send_redirects", "accept_source_route")}, "R21")
setting("4.3", "Packets from impossible sources are dropped",
        {"net/ipv4/conf/all/rp_filter": "1",
         "net/ipv4/conf/default/rp_filter": "1"}, "R21")
setting("4.4", "A flood of connections does not shut others out",
        {"net/ipv4/tcp_syncookies": "1"}, "R17")


@check("4.5", "No socket listens in the machine's network", "R2", "R5")
def nothing_listens(house):
    wrong = [f"document {d['sequence']}: {count} in {name}"
             for d in house.documents
             for name, count in d["listening"].items() if count != 0]
    seen = house.boot["listening"]
    if not {"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix"} <= set(seen):
        wrong.append("not all kinds of sockets were looked at")
    return wrong, ", ".join(f"{k} {v}" for k, v in seen.items())


@check("4.6", "The network guards are attached", "R5", "R21")
def guards_are_attached(house):
    wrong = []
    for document in house.documents:
        seen = {(g["cgroup"], HOOKS.get(g["hook"], g["hook"]))
                for g in document["guards"]}
        wrong += [f"document {document['sequence']}: no {hook} on {group}"
                  for group, hook in sorted(GUARDS - seen)]
    return wrong, f"{len(house.boot['guards'])} programs"


@check("4.7", "Nothing but logs and metrics was sent", "R21")
def only_telemetry(house):
    seen = sorted({path for path, _ in house.statement.requests})
    return differs("paths", seen, ["/v1/logs", "/v1/metrics"]) + \
        list(house.statement.errors), ", ".join(seen)


# ------------------------------------------------------ 5 access and privilege

@check("5.1", "The root holds the inventory and nothing else", "R2", "R6")
def root_is_the_inventory(house):
    seen = {f.path for f in house.files}
    return [f"{p} is missing" for p in sorted(house.inventory - seen)] + \
        [f"{p} is in no inventory" for p in sorted(seen - house.inventory)], \
        f"{len(seen)} paths"


@check("5.2", "Five programs can be executed, none of them a shell or an "
       "interpreter", "R2", "R5")
def five_programs(house):
    seen = sorted(f.path for f in house.files
                  if f.kind == "file" and f.mode & 0o111)
    wanted = [f"/usr/lib/cloister/{name}" for name in
              ("init", "intake", "reaper", "runtime", "uplink")]
    return differs("programs", seen, wanted) + \
        [f"{f.path} is no program" for f in house.files
         if f.path in wanted and not f.elf], ", ".join(seen)


@check("5.3", "No file has a set-id bit, or can be written by others",
       "R2", "R6")
def modes_are_plain(house):
    return [f"{f.path} has mode {f.mode:04o}" for f in house.files
            if f.mode & 0o7022], "none of them"


@check("5.4", "All belongs to root, and is a file or a directory", "R6")
def owners_are_root(house):
    return [f"{f.path} is a {f.kind} of {f.owner}" for f in house.files
            if f.owner != "0:0" or f.kind not in ("file", "directory")], \
        "uid 0, gid 0"


@check("5.5", "Every file on the root has an SELinux label", "R7")
def files_have_labels(house):
    return [f"{f.path} has none" for f in house.files
            if not f.label.startswith("system_u:object_r:")], \
        ", ".join(sorted({f.label.split(":")[2] for f in house.files
                          if f.label.count(":") > 2}))


@check("5.6", "Every program passes every gate of hardening", "R2", "R5")
def programs_are_hard(house):
    wrong = [f"{p.name}: not {gate}" for p in house.programs
             for gate, holds in p.gates.items() if not holds]
    if len(house.programs) != 5:
        wrong.append(f"{len(house.programs)} programs were looked at")
    return wrong, f"{len(house.programs)} programs"


def of_service(house, group):
    return [p for d in house.documents for p in d["processes"]
            if p["cgroup"] == group]


@check("5.7", "uplink, the only sender, has no privilege", "R21")
def uplink_is_unprivileged(house):
    wrong, processes = [], of_service(house, "host/uplink")
    for p in processes:
        for name, wanted in (("effective", NO_CAPABILITY),
                             ("bounding", NO_CAPABILITY),
                             ("uid", 902), ("no_new_privs", 1),
                             ("seccomp", 2)):
            wrong += differs(name, p[name], wanted)
    return wrong + ([] if processes else ["it was not seen"]), \
        "uid 902, no capability, no_new_privs, seccomp filter"


@check("5.8", "No process of the house but init can gain privilege", "R7")
def no_new_privileges(house):
    return [f"{p['cgroup']} can" for d in house.documents
            for p in d["processes"]
            if p["cgroup"] != "host/init" and p["no_new_privs"] != 1], \
        "no_new_privs"


@check("5.9", "Nothing runs in the house but its programs", "R2", "R5")
def house_is_known(house):
    wrong = [f"document {d['sequence']}: {p['cgroup']}"
             for d in house.documents for p in d["processes"]
             if p["cgroup"] not in DOMAINS]
    alone = [p["cgroup"] for p in house.boot["processes"]
             if p["cgroup"] != "host/unpack"]
    wrong += [f"{group} has {alone.count(group)} processes"
              for group in sorted(set(alone)) if alone.count(group) != 1]
    return wrong, ", ".join(alone)


@check("5.10", "A grant is in force only where it was given, and only then",
       "R11", "R13")
def grants_are_given(house):
    given = {(g["task"], g["container"]): 0
             for g in house.records("grant.given")}
    for g in house.records("grant.given"):
        given[g["task"], g["container"]] |= \
            1 << CAPABILITY_NUMBERS[g["capability"]]
    seen = [(d["sequence"], g) for d in house.documents for g in d["grants"]]
    wrong = [f"document {n}: {g['container']} has {g['capabilities']}"
             for n, g in seen if int(g["capabilities"], 16) !=
             given.get((g["task"], g["container"]))]
    if not seen:
        wrong.append("the grant of the audit's task was not seen")
    for name, document in (("first", house.boot),
                           ("last", house.documents[-1])):
        if document["grants"]:
            wrong.append(f"the {name} document has grants")
    return wrong, ", ".join(sorted({f"{g['label']} {g['capabilities']}"
                                    for _, g in seen}))


# ------------------------------------------------------------------- 6 audit

@check("6.1", "The chain of evidence is whole, from boot to seal", "R14", "R22")
def chain_is_whole(house):
    return [house.broken] if house.broken else [], \
        f"{len(house.documents)} documents, sealed"


@check("6.2", "The evidence of the boot is of this image", "R8", "R14")
def version_is_built(house):
    seen = {house.boot["image"],
            *(r.resource.get("os.version") for r in house.statement.records)}
    return differs("version", sorted(map(str, seen)), [house.version]), \
        house.version


@check("6.3", "The kernel that runs is the one in the list of components",
       "R8", "R14")
def kernel_is_listed(house):
    names = [p["name"] for p in house.spdx["packages"]]
    return differs("kernel", house.boot["kernel"]["release"],
                   house.release) + \
        ([] if f"linux-image-{house.release}" in names else
         [f"linux-image-{house.release} is not in the SBOM"]), house.release


@check("6.4", "Nothing was lost on the way", "R22")
def nothing_is_lost(house):
    names = ("records.lost", "kernel.lost", "log.gap", "export.rejected")
    return [f"{name}: {values}" for name in names
            for values in house.records(name)], "no record of a loss"


@check("6.5", "Use of a granted capability is told", "R22")
def use_is_told(house):
    granted = {g["label"] for d in house.documents for g in d["grants"]}
    used = [u for u in house.records("grant.used")
            if u["permission"] == "net_admin"]
    return ([] if used else ["no use of NET_ADMIN was told"]) + \
        [f"{u['source']} was granted nothing" for u in used
         if u["source"] not in granted], \
        ", ".join(f"{u['source']} {u['permission']} {u['uses']}" for u in used)


@check("6.6", "The machine lives fourteen days at most", "R9")
def lifetime_is_bounded(house):
    seen = house.records("lifetime.set")
    wrong = [f"dead at {s['dead_at_s']} s" for s in seen
             if not 0 < s["drain_at_s"] <= s["dead_at_s"] <= LIFETIME_MAX_S]
    return wrong + ([] if seen else ["no lifetime was set"]), \
        ", ".join(f"drain at {s['drain_at_s']} s, end at {s['dead_at_s']} s"
                  for s in seen)


@check("6.7", "It drained and went off when its task had ended", "R20")
def drain_is_orderly(house):
    names = [r.name.removeprefix("cloister.") for r in house.statement.records
             if r.name.startswith("cloister.drain.")]
    stopped = [t for t in house.records("task.state")
               if t["state"] == "STOPPED"]
    return differs("order", names, ["drain.started", "drain.ended"]) + \
        ([] if stopped else ["no task stopped"]) + \
        ([] if house.statement.has_gone_off else ["it did not go off"]), \
        ", ".join(names)


@check("6.8", "The document that was accepted is the signed one", "R1")
def document_is_signed(house):
    seen = house.records("document.accepted")
    return differs("documents accepted", len(seen), 1) + \
        ["no key is named" for d in seen if not d["key"]], \
        ", ".join(f"key {d['key']}, serial {d['serial']}" for d in seen)


@check("6.9", "What the task knows is in its own log and nowhere else", "R4")
def canary_stays(house):
    canary = house.statement.canary
    told = json.dumps([(r.name, r.values, r.resource)
                       for r in house.statement.records] +
                      [(m.name, m.values, m.resource)
                       for m in house.statement.metrics])
    wrong = ["the canary is in records or metrics"] if canary in told else []
    if canary in house.statement.console:
        wrong.append("the canary is on the console")
    if not any(canary in log.text for log in house.statement.logs):
        wrong.append("the task's own log lacks it")
    return wrong, f"{len(house.statement.records)} records, " \
        f"{len(house.statement.metrics)} data points, " \
        f"{len(house.statement.logs)} lines of the task"


# ------------------------------------------------------------- 7 supply chain

@check("7.1", "Every component has version, hash and licence", "R8", "R14")
def components_are_complete(house):
    shipped = [p for p in house.spdx["packages"]
               if not p["SPDXID"].startswith("SPDXRef-Tool-")]
    return list(house.incomplete), f"{len(shipped)} components"


@check("7.2", "The programs on the disk are those in the list of components",
       "R8", "R14")
def programs_are_listed(house):
    listed = {p["name"]: p["checksums"][0]["checksumValue"]
              for p in house.spdx["packages"]
              if p["SPDXID"].startswith("SPDXRef-Program-")}
    on_disk = {f.path.rsplit("/", 1)[1]: f.sha256 for f in house.files
               if f.kind == "file" and f.mode & 0o111}
    return [f"{name} differs" for name in sorted({*listed, *on_disk})
            if listed.get(name) != on_disk.get(name)], \
        ", ".join(sorted(listed))
