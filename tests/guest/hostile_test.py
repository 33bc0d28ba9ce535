"""Hostile tasks: every attempt of probe/escape.c by every grant class.

EXPECTED says for each attempt what it is answered: the default, and then what
is answered otherwise to the holders of a grant class, to whom is in the
network of the instance (host), to both (host_net). The last one that fits
counts. Where SELinux answers, the table names what its record at the
collector says.
"""

import dataclasses

import grants_test
import harness
from harness import probe, task

# Grant class: all capabilities of its SELinux type.
CLASSES = {
    "none": [],
    "net": ["NET_ADMIN", "NET_BROADCAST"],
    "bpf": ["BPF", "PERFMON"],
    "trace": ["SYS_PTRACE", "SYSLOG", "AUDIT_READ", "CHECKPOINT_RESTORE"],
    "limit": ["DAC_READ_SEARCH", "LINUX_IMMUTABLE", "IPC_LOCK", "IPC_OWNER",
              "SYS_PACCT", "SYS_NICE", "SYS_RESOURCE", "SYS_TTY_CONFIG",
              "LEASE", "WAKE_ALARM", "BLOCK_SUSPEND"],
    "sys": ["SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "SYS_TIME",
            "AUDIT_CONTROL", "MAC_ADMIN", "MAC_OVERRIDE"],
    "super": ["ALL"],
}
OWN_NETWORK = list(CLASSES)
HOSTED = [f"{c}-host" for c in CLASSES]
NAMES = OWN_NETWORK + HOSTED


@dataclasses.dataclass(frozen=True)
class Answer:
    """What probe says, and the denial: target type, class, permission."""
    text: str
    denial: tuple = ()


def fails(error):
    return Answer(f"fail {error}")


def selinux(target, tclass, permission):
    """Refused by SELinux; a target "self" is the domain of who asks."""
    return Answer("fail EACCES", (target, tclass, permission))


def may(why):
    """Allowed, for a reason."""
    assert why
    return Answer("ok 0")


EPERM, EROFS, ENOENT, ESRCH = map(fails, ("EPERM", "EROFS", "ENOENT",
                                          "ESRCH"))
ENOSYS, EINVAL, ENODEV = map(fails, ("ENOSYS", "EINVAL", "ENODEV"))
MASKED = fails("ENODATA")	# the null device is in its place
NO_FAMILY = fails("EAFNOSUPPORT")
NOT_BUILT = fails("EPROTONOSUPPORT")
SYSCTL = selinux("sysctl_t", "file", "write")
SYSCTL_OWN = selinux("sysctl_own_t", "file", "write")
SYSFS = selinux("sysfs_t", "file", "write")
GROUP = selinux("cgroup_task_t", "file", "write")
CONTROL = selinux("proc_control_t", "file", "write")
SECRET = selinux("proc_secret_t", "file", "read")
SECRET_DIRECTORY = selinux("proc_secret_t", "dir", "search")
EMPTY = selinux("tmpfs_t", "dir", "search")	# what masks directories
FIRMWARE = selinux("firmware_t", "dir", "search")
HANDLE = selinux("nsfs_t", "file", "read")
TRACE = selinux("trace_t", "file", "write")
OWN_MOUNTS = may("changes nothing but its own mount namespace")
OWN = may("changes nothing but its own")
INSTANCE = may("NET_ADMIN in the network of the instance")
MEASURES = may("the grant is to look at the whole machine")


def opens(what):
    return selinux("self", what, "create")


def mounts(what):
    return selinux(what, "filesystem", "mount")


def acts(permission):
    return selinux("self", "process", permission)


def routes(**others):
    """A change of the network's settings."""
    return (selinux("self", "netlink_route_socket", "nlmsg_write"), others)


# attempt: answer, or (answer, {who: another answer}), see holds()
EXPECTED = {
    # Helpers that the kernel would start.
    "core-pattern": SYSCTL, "core-pattern-bare": SYSCTL,
    "modprobe-path": SYSCTL, "modprobe-path-bare": SYSCTL,
    "poweroff-command": SYSCTL, "poweroff-command-bare": SYSCTL,
    "usermodehelper-bare": SYSCTL,
    "uevent-helper-bare": ENOENT, "hotplug-bare": ENOENT,
    "binfmt-bare": ENOENT,
    "release-agent": ENOENT, "release-agent-loose": ENOENT,
    # The whole machine.
    "sysrq": CONTROL, "sysrq-bare": CONTROL,
    "panic-on-oops": SYSCTL, "ptrace-scope-bare": SYSCTL,
    "kptr-bare": SYSCTL, "drop-caches-bare": SYSCTL,
    "user-namespaces-bare": SYSCTL, "hostname-bare": SYSCTL,
    "ip-forward-bare": SYSCTL_OWN,
    "power-state": selinux("sysfs_control_t", "dir", "search"),
    "pci-rescan": SYSFS, "queue-setting": SYSFS,
    "module-setting": SECRET_DIRECTORY,
    "selinux-enforce": ENOENT, "selinux-load": ENOENT,
    "kprobe-events": (ENOENT, {"bpf": TRACE}),
    "trace-marker": (ENOENT, {"bpf": TRACE}),
    # Secrets; who unmounts the masks finds SELinux behind them.
    "kcore": MASKED, "kcore-bare": (MASKED, {"sys": SECRET}),
    "kallsyms-bare": (MASKED, {
        "sys": selinux("kallsyms_t", "file", "read"),
        "all": may("names for tracing; kptr_restrict keeps addresses")}),
    "keys-bare": (MASKED, {"sys": SECRET}),
    "key-users-bare": (MASKED, {"sys": SECRET}),
    "timer-list-bare": (MASKED, {"sys": SECRET}),
    "kmsg-bare": selinux("kmsg_t", "file", "read"),
    "iomem-bare": SECRET, "slabinfo-bare": SECRET,
    "fw-cfg-bare": (EMPTY, {"sys": FIRMWARE}),
    "acpi-bare": (EMPTY, {"sys": FIRMWARE}),
    "serial-number": FIRMWARE,
    "vmcoreinfo": SECRET, "sections": SECRET_DIRECTORY, "debugfs": ENOENT,
    # Device nodes: the group's device program answers.
    **dict.fromkeys((
        "disk-root", "disk-part", "disk-store", "disk-verity", "mem", "kmem",
        "port", "kmsg", "console", "serial", "terminal", "dm-control",
        "loop-control", "loop", "watchdog", "uinput", "kvm", "rfkill",
        "snapshot", "nvram", "hw-random", "msr", "button", "vhost-net",
        "userfaultfd"), EPERM),
    "tun": (EPERM, {"net": may("a device of the grant")}),
    "fuse": (EPERM, {"sys": may("a device of the grant")}),
    # Control groups.
    "cgroup-move": GROUP, "cgroup-move-loose": GROUP,
    "cgroup-memory-loose": GROUP, "cgroup-pids-loose": GROUP,
    "cgroup-mkdir": (EROFS, {
        "sys": selinux("cgroup_task_t", "dir", "write")}),
    "cgroup-clone": (ENOSYS, {"trace": GROUP, "sys": GROUP}),
    **dict.fromkeys(("cgroup-handle-list", "cgroup-handle-house",
                     "cgroup-handle-kill", "cgroup-handle-move"), EPERM),
    # Mounts.
    **dict.fromkeys(("mount-tmpfs", "mount-proc", "mount-devpts",
                     "mount-mqueue", "mount-over-proc", "unmask-kcore",
                     "unmask-firmware", "uncover-sysctl", "pivot-root"),
                    (EPERM, {"sys": OWN_MOUNTS})),
    "mount-sysfs": (EPERM, {"sys": mounts("sysfs_t")}),
    "mount-cgroup": (EPERM, {"sys": EINVAL}),	# cgroup_no_v1
    "mount-cgroup2": (EPERM, {"sys": mounts("cgroup_t")}),
    "mount-devtmpfs": (EPERM, {"sys": mounts("device_t")}),
    "mount-tracefs": (EPERM, {"sys": mounts("trace_t")}),
    "mount-securityfs": (EPERM, {"sys": mounts("security_t")}),
    "mount-selinuxfs": (EPERM, {"sys": mounts("selinux_t")}),
    "mount-bpf": (EPERM, {"sys": mounts("bpf_t")}),
    "mount-pstore": (EPERM, {"sys": mounts("unlabeled_t")}),
    "mount-hugetlbfs": (EPERM, {"sys": mounts("hugetlb_t")}),
    "mount-ramfs": (EPERM, {"sys": mounts("unlabeled_t")}),
    # No module of the image has these.
    **dict.fromkeys(("mount-debugfs", "mount-configfs", "mount-efivarfs",
                     "mount-binfmt_misc", "mount-rpc_pipefs"),
                    (EPERM, {"sys": ENODEV})),
    "mount-disk": EPERM,
    "mount-file": (EPERM, {"sys": fails("ENOTBLK")}),
    "mount-tmpfs-relabelled": (EPERM, {
        "sys": selinux("tmpfs_t", "filesystem", "relabelfrom")}),
    "mount-over-sys": (EPERM, {"sys": selinux("sysfs_t", "dir", "mounton")}),
    "chroot-out": ENOENT,
    "freeze-root": (EPERM, {"sys": fails("EOPNOTSUPP")}),
    "fanotify-root": (EPERM, {
        "sys": selinux("task_file_t", "filesystem", "watch")}),
    "fanotify-file": (EPERM, {
        "sys": selinux("task_file_t", "file", "watch_with_perm")}),
    # Namespaces.
    **dict.fromkeys(("new-users", "new-mounts", "new-network",
                     "new-processes", "new-ipc", "new-names", "new-groups",
                     "new-time", "clone-users"), (EPERM, {"sys": OWN})),
    "clone3-users": (ENOSYS, {"trace": EPERM, "sys": OWN}),
    "users-sysfs": EPERM, "users-cgroup2": EPERM,
    "enter-mounts": (HANDLE, {"sys": may("those of its own container")}),
    "enter-network": (HANDLE, {"sys": may("that of its own container")}),
    "enter-next-mounts": (HANDLE, {"sys": EPERM}),
    "list-other-mounts": (EPERM, {"sys": ENOENT}),
    "parent-processes": (HANDLE, {"sys": EPERM}),
    "parent-users": (HANDLE, {"sys": EPERM}),
    # Files, programs, descriptors.
    "handle-root": fails("EOPNOTSUPP"),
    "overwrite-self": fails("ETXTBSY"), "overwrite-reaper": EROFS,
    "house-files": ENOENT, "house-data": ENOENT,
    "log-pipe": selinux("runtime_t", "fifo_file", "read"),
    "inherited": ENOENT,
    "memfd-program": fails("EACCES"),	# the kernel's default
    "memfd-program-asked": may("a program of its own, in its own domain"),
    "core-dump": (EPERM, {"limit": may("SYS_RESOURCE; a file of its own")}),
    "relabel-file": fails("EOPNOTSUPP"),
    "domain-now": acts("setcurrent"), "domain-exec": acts("setexec"),
    "domain-super": acts("setexec"), "label-files": acts("setfscreate"),
    "label-sockets": acts("setsockcreate"), "label-keys": acts("setkeycreate"),
    "raise-capabilities": (EPERM, {"all": may("it holds them all")}),
    "new-privileges": EINVAL,
    # Other processes: there is none in sight.
    "see-others": ENOENT,
    **dict.fromkeys(("ptrace-others", "memory-of-others", "kill-others",
                     "pidfd-of-others", "limits-of-others",
                     "cpus-of-others"), ESRCH),
    "memory-by-key": ENOENT, "queue-by-name": ENOENT,
    "connect-abstract": (fails("ECONNREFUSED"), {
        "host": selinux("task_host_bpf_t", "unix_stream_socket", "connectto")}),
    "pass-descriptor": (fails("ECONNREFUSED"), {
        "host": selinux("task_host_bpf_t", "unix_dgram_socket", "sendto")}),
    "real-time": (EPERM, {"limit": may("SYS_NICE is for that")}),
    "nice-everybody": may("everybody in sight is itself"),
    # BPF and performance counters.
    # All of them, with a record for each; and the first, which is init's.
    "bpf-take-programs": (EPERM, {"sys": fails("EACCES")}),
    "bpf-take-maps": (EPERM, {"sys": fails("EACCES")}),
    "bpf-take-a-program": (EPERM, {
        "sys": selinux("init_t", "bpf", "prog_run")}),
    "bpf-take-a-map": (EPERM, {"sys": selinux("init_t", "bpf", "map_read")}),
    "bpf-take-links": (EPERM, {"sys": ENOENT}),
    "bpf-break-links": (EPERM, {"sys": ENOENT}),
    # The kernel wants a program in hand that it does not give out.
    "bpf-detach-devices": (EPERM, {"bpf": EINVAL, "sys": EINVAL}),
    "bpf-detach-metadata": EPERM, "bpf-hook-all-tasks": EPERM,
    **dict.fromkeys(("bpf-replace-devices", "bpf-permit-devices"), (EPERM, {
        "sys": selinux("self", "bpf", "prog_load"),
        "all": EPERM})),
    "bpf-read-kernel": (EPERM, {
        "sys": selinux("self", "bpf", "prog_load"), "bpf": MEASURES}),
    "bpf-write-user": (EPERM, {		# lockdown
        "sys": selinux("self", "bpf", "prog_load"), "bpf": EINVAL}),
    **dict.fromkeys(("perf-all", "perf-own"), (EPERM, {
        "sys": selinux("self", "perf_event", "open"), "bpf": MEASURES})),
    # Calls into the kernel.
    **dict.fromkeys((
        "module-by-memory", "module-by-file", "module-unload", "kexec",
        "kexec-file", "add-key", "keyctl", "request-key", "userfault",
        "io-uring", "iopl", "ioperm", "modify-ldt", "swap-on", "swap-off",
        "uselib"), EPERM),
    **dict.fromkeys(("personality", "executable-data", "x32", "vm86"),
                    ENOSYS),
    "account": (EPERM, {"limit": OWN}),
    "quota": (EPERM, {"sys": ENODEV}),
    "log-read": (EPERM, {"trace": may("SYSLOG is for that")}),
    "log-clear": (EPERM, {
        "trace": selinux("kernel_t", "system", "syslog_mod")}),
    "log-console": (EPERM, {
        "trace": selinux("kernel_t", "system", "syslog_console")}),
    **dict.fromkeys(("set-time", "slew-time"),
                    (EPERM, {"sys": may("there is one clock: SYS_TIME")})),
    "hang-up": (EPERM, {"limit": OWN}),
    "kexec-reboot": (EPERM, {"sys": EINVAL}),
    # The network: its own, unless it is that of the instance.
    **dict.fromkeys(("packet", "raw"), (
        may("the packets of its own network"),
        {"host": opens("packet_socket"), "host_net": EPERM,
         "host_all": may("asked for NET_RAW, too")})),
    "xdp": (opens("xdp_socket"), {
        "net": may("the packets of its own network"), "host_net": EPERM,
        "host_all": may("asked for NET_RAW, too")}),
    "vsock": NO_FAMILY, "kernel-crypto": NO_FAMILY,
    "ipsec-keys": opens("key_socket"), "nfc": opens("nfc_socket"),
    "tipc": opens("tipc_socket"), "can": opens("can_socket"),
    "rds": opens("rds_socket"), "smc": opens("smc_socket"),
    "netfilter": (opens("netlink_netfilter_socket"), {"net": OWN}),
    "ipsec": (opens("netlink_xfrm_socket"), {"net": NOT_BUILT}),
    "generic": (opens("netlink_generic_socket"), {"net": OWN}),
    "selinux-events": opens("netlink_selinux_socket"),
    **dict.fromkeys(("metadata", "metadata-v6", "metadata-mapped"), EPERM),
    "route": routes(net=OWN),
    "neighbour": routes(net=OWN),
    "neighbour-card": routes(net=ENODEV, host_net=INSTANCE),
    "arp": (EPERM, {"net": EINVAL}),	# loopback takes none
    "arp-card": (EPERM, {"net": ENODEV, "host_net": INSTANCE}),
    "end-connection": selinux("self", "netlink_tcpdiag_socket",
                              "nlmsg_write"),
    "forge-uevent": (opens("netlink_kobject_uevent_socket"), {
        "host": selinux("self", "netlink_kobject_uevent_socket", "write")}),
    "audit-off": selinux("self", "netlink_audit_socket", "nlmsg_write"),
}


def class_of(name):
    return name.removesuffix("-host")


def type_of(name):
    parts = ["task"] + ["host"] * (name in HOSTED) + \
        [class_of(name)] * (class_of(name) != "none") + ["t"]
    return "_".join(parts)


def holds(name, who):
    """Whether the task of that name is one of those: "net", "host", both as
    "host_net"; "all" is who holds every grant."""
    if who == "host" or who.startswith("host_"):
        return name in HOSTED and (who == "host" or holds(name, who[5:]))
    return class_of(name) in (who, "super") or \
        who == "all" and class_of(name) == "super"


def expected(name, attempt):
    row = EXPECTED[attempt]
    if isinstance(row, Answer):
        return row
    answer, others = row
    for grant, other in others.items():
        if holds(name, grant):
            answer = other
    return answer


def attacker(name, *words, **fields):
    return probe(name, *words, linuxParameters={
        "capabilities": {"add": CLASSES[class_of(name)]},
        "initProcessEnabled": True}, **fields)


def attackers():
    """A task for each that makes all attempts."""
    return [task(name, attacker(name, "await-victim", "--", "attempt"),
                 networkMode="host") if name in HOSTED else
            task(name, attacker(name, "attempt")) for name in NAMES]


def victim():
    """Has one of everything that others could come for."""
    return task("victim", probe("victim", "victim", linuxParameters={
        "capabilities": {"add": ["BPF"]}}), networkMode="host")


def told(name):
    """One attempt for each denial that is new with this task: with `none`,
    all that SELinux refuses; then where a grant, or the network of the
    instance, gets further than that."""
    bases = [b for b in ("none", "none-host", class_of(name)) if b != name]
    known = {expected(b, a).denial for b in bases for a in EXPECTED}
    if name == "none":
        known = set()
    first = {}
    for attempt in EXPECTED:
        denial = expected(name, attempt).denial
        if denial and denial not in known:
            first.setdefault(denial, attempt)
    return list(first.values())


def tellers(names, **fields):
    """One task of containers that follow each other: uplink tells ten records
    a second in the long run and counts the others."""
    before, chain = [], []
    for name in names:
        words = ["await-victim", "--"] * (name in HOSTED)
        chain.append(attacker(name, *words, "pace", str(PACE_MS), "--",
                              "attempt", *told(name), dependsOn=before,
                              essential=name == names[-1]))
        before = [{"containerName": name, "condition": "COMPLETE"}]
    return task("tellers", *chain, **fields)


def boot(*tasks):
    return harness.boot(
        instance={"privilegedCapabilities": ["ALL"], "scaleInAfter": -1},
        tasks=[victim(), *tasks])


PACE_MS = 100
TOLD = [[n for n in names if told(n)] for names in (OWN_NETWORK, HOSTED)]

# All attempts by all, of whose denials many are lost; and those that are to
# be told, one after the other.
guests = harness.shared(lambda: [boot(*attackers()), boot(tellers(TOLD[0]))])
hosted = harness.shared(lambda: boot(tellers(TOLD[1], networkMode="host")))


def ended(guest, names):
    """The guest, off, after these containers have ended by themselves."""
    for name in names:
        guest.record("container.state", container=name, state="STOPPED",
                     timeout=4 * harness.TIMEOUT_S)
    if not guest.is_off:
        guest.power_button()
    guest.wait_off(2 * harness.TIMEOUT_S)
    return guest


def all_attempts():
    return ended(guests()[0], NAMES)


def told_attempts():
    return [ended(guests()[1], TOLD[0]), ended(hosted(), TOLD[1])]


def answers(guest, name):
    """{attempt: what probe said}"""
    lines = [t.removeprefix("attempt ").split(": ", 1)
             for t in guest.texts(name) if t.startswith("attempt ")]
    assert len(dict(lines)) == len(lines), name
    return dict(lines)


def test_each_class_holds_every_capability_of_its_type():
    for name in OWN_NETWORK[1:-1]:
        assert set(CLASSES[name]) == {
            c for c, (_, kind) in grants_test.TABLE.items()
            if kind == type_of(name)}, name
    assert {kind for _, kind in grants_test.TABLE.values()} == \
        {type_of(name) for name in OWN_NETWORK} - {"task_super_t"}


def test_every_attempt_is_made_by_every_class_and_expected():
    for name in NAMES:
        assert set(answers(all_attempts(), name)) == set(EXPECTED), name


def test_every_attempt_is_answered_as_expected():
    wrong = [f"{name}: {attempt}: {said}, wanted {wanted.text}"
             for name in NAMES
             for attempt, said in answers(all_attempts(), name).items()
             for wanted in [expected(name, attempt)] if said != wanted.text]
    assert not wrong, "\n".join(wrong)


def test_what_selinux_refuses_leaves_as_a_record():
    denials = [r.values for guest in told_attempts() for r in guest.records
               if r.name == "cloister.denial"]
    seen = {(d["source"].split(":")[2], d["target"].split(":")[2],
             d["class"], permission)
            for d in denials for permission in d["permission"].split()}
    missing = []
    for name in TOLD[0] + TOLD[1]:
        for attempt in told(name):
            target, *what = expected(name, attempt).denial
            target = type_of(name) if target == "self" else target
            if (type_of(name), target, *what) not in seen:
                missing.append(f"{name}: {attempt}: {target} {what}")
    assert not missing, "\n".join(missing)
    assert not any(d["permissive"] for d in denials)


def test_the_victim_was_neither_reached_nor_harmed():
    for guest in (all_attempts(), *told_attempts()):
        assert guest.texts("victim") == ["victim: waits", "victim: unharmed"]


def test_the_house_stands():
    for guest in (all_attempts(), *told_attempts()):
        assert "power off after drain (power-button)" in guest.console
        assert not [r for r in guest.records
                    if r.name == "cloister.service.ended"
                    and r.values["restarts"]]
        assert not guest.collector.errors
