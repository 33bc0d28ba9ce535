# SPDX-License-Identifier: MIT
"""Checks 1 to 4: file systems, access control, kernel, network."""

from check import DOMAINS, check, differs, in_all

# enum bpf_attach_type of linux/bpf.h.
HOOKS = {1: "egress", 2: "inet_sock_create", 8: "inet4_bind",
         9: "inet6_bind", 10: "inet4_connect", 11: "inet6_connect",
         14: "udp4_sendmsg", 15: "udp6_sendmsg", 43: "lsm_cgroup"}
SENDING = ("inet4_connect", "inet6_connect", "udp4_sendmsg", "udp6_sendmsg")
GUARDS = {("host", "inet4_bind"), ("host", "inet6_bind"),
          *((f"host/{name}", "inet_sock_create")
            for name in ("init", "intake", "runtime", "unpack", "metadata")),
          *((group, hook)
            for group in ("host/courier", "host/uplink", "tasks")
            for hook in SENDING),
          ("tasks", "egress"),
          *(("host", question) for question in
            ("bprm_check_security", "mmap_file", "file_mprotect",
             "socket_create", "socket_listen", "socket_accept")),
          *(("tasks", question) for question in
            ("socket_sendmsg", "socket_bind"))}
MAY_EXECUTE = ("/data",)	# programs of containers run from here
MAY_HAVE_NODES = ("/dev",)


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


@check("4.6", "The kernel's guards of programs and sockets are attached",
       "R5", "R21")
def guards_are_attached(house):
    wrong = []
    for document in house.documents:
        seen = {(g["cgroup"], g.get("lsm") or HOOKS.get(g["hook"], g["hook"]))
                for g in document["guards"]}
        wrong += [f"document {document['sequence']}: no {hook} on {group}"
                  for group, hook in sorted(GUARDS - seen)]
    return wrong, f"{len(house.boot['guards'])} programs"


@check("4.7", "Nothing but logs and metrics was sent", "R21")
def only_telemetry(house):
    seen = sorted({path for path, _ in house.statement.requests})
    return differs("paths", seen, ["/v1/logs", "/v1/metrics"]) + \
        list(house.statement.errors), ", ".join(seen)
