"""Privilege only where the document permits it and the task asks for it.

DEEDS has a row for each capability of policy/grants.c that is no default:
what a task that was granted it does with it, what the kernel answers, and
what it answers a task that did not ask. DEFAULTS has the others, which a task
may drop.
"""

import re

import harness
from harness import probe, task

# capability: [(probe's verb, answer with, answer without)]
DEEDS = {
    "DAC_READ_SEARCH": [("search-closed /dev/shm/shut", "ok 0", "fail EACCES")],
    "LINUX_IMMUTABLE": [("immutable /dev/shm/fixed", "ok 0", "fail EPERM")],
    "NET_BROADCAST": [("all-nsid", "ok 0", "fail EPERM")],
    "NET_ADMIN": [("net-admin", "ok 0", "fail EPERM"),
                  ("net-admin-netlink", "ok 0", "fail EACCES"),
                  ("tun tun7", "ok 0", "fail ENOENT")],
    "IPC_LOCK": [("mlock 2", "ok 0", "fail ENOMEM")],
    "IPC_OWNER": [("shm-other 1000", "ok 0", "fail EACCES")],
    "SYS_MODULE": [("module /probe", "fail EPERM", "fail EPERM")],
    "SYS_RAWIO": [("fibmap /dev/shm/where", "fail EINVAL", "fail EPERM"),
                  ("map-zero", "fail EACCES", "fail EPERM"),
                  ("iopl", "fail EPERM", "fail EPERM")],
    "SYS_PTRACE": [("ptrace-other 1000", "ok 0", "fail EPERM"),
                   ("ptrace-child", "ok 0", "fail EPERM")],
    "SYS_PACCT": [("acct /dev/shm/acct", "ok 0", "fail EPERM")],
    "SYS_ADMIN": [("sethostname box", "ok 0", "fail EPERM"),
                  ("mount /tmp", "ok 0", "fail EPERM"),
                  ("fuse-mount /srv", "ok 0", "fail ENOENT")],
    "SYS_NICE": [("nice -5", "ok 0", "fail EACCES")],
    "SYS_RESOURCE": [("hard-limit", "ok 0", "fail EPERM")],
    "SYS_TIME": [("settime", "ok 0", "fail EPERM")],
    "SYS_TTY_CONFIG": [("vhangup", "ok 0", "fail EPERM")],
    "LEASE": [("lease /dev/shm/leased 1000", "ok 0", "fail EACCES")],
    "AUDIT_CONTROL": [("loginuid", "ok 4", "fail EPERM"),
                      ("audit-status", "fail EPERM", "fail EPERM")],
    "MAC_OVERRIDE": [("open /sys/module", "fail EACCES", "fail EACCES")],
    "MAC_ADMIN": [("set-label /dev/shm/label", "fail EOPNOTSUPP",
                   "fail EOPNOTSUPP")],
    "SYSLOG": [("kernel-log", "ok 0", "fail EPERM")],
    "WAKE_ALARM": [("wake-alarm", "ok 0", "fail EPERM")],
    "BLOCK_SUSPEND": [("epoll-wakeup", "ok kept", "ok dropped")],
    "AUDIT_READ": [("audit-join", "ok 0", "fail EPERM")],
    "PERFMON": [("perf", "ok 0", "fail EPERM"),
                ("open /sys/kernel/tracing/available_events", "ok 0",
                 "fail ENOENT")],
    "BPF": [("bpf-map", "ok 0", "fail EPERM"),
            ("bpf-pin /sys/fs/bpf/mine", "ok 0", "fail EPERM")],
    "CHECKPOINT_RESTORE": [("map-files", "ok 0", "fail EPERM"),
                           ("set-tid 4000", "ok 4000", "fail ENOSYS")],
    "SYS_BOOT": [("reboot", None, "fail EPERM")],	# nobody is left to say
}

DEFAULTS = {
    "CHOWN": [("chown /dev/shm 1000", "ok 0", "fail EPERM")],
    "DAC_OVERRIDE": [("read-closed /dev/shm/closed", "ok 0", "fail EACCES")],
    "FOWNER": [("chown /tmp 1000", "ok 0", "ok 0"),
               ("chmod /tmp 0777", "ok 0", "fail EPERM")],
    "FSETID": [("write /dev/shm/set x", "ok 1", "ok 1"),
               ("chown /dev/shm/set 1000", "ok 0", "ok 0"),
               ("chmod /dev/shm/set 02755", "ok 0", "ok 0"),
               ("stat /dev/shm/set", "ok mode=102755 uid=1000 gid=1000 size=1",
                "ok mode=100755 uid=1000 gid=1000 size=1")],
    "KILL": [("kill-other 1000", "ok 0", "fail EPERM")],
    "SETGID": [("setgid 1000", "ok 0", "fail EPERM")],
    "SETPCAP": [("bound", "ok 0", "fail EPERM")],
    "NET_BIND_SERVICE": [("listen 80", "ok 0", "fail EACCES")],
    "NET_RAW": [("raw-socket", "ok 0", "fail EPERM")],
    "MKNOD": [("mknod /dev/node c 1 3", "ok 0", "fail EPERM")],
    "AUDIT_WRITE": [("audit-say", "ok 0", "fail EPERM")],
    "SETFCAP": [("file-caps /dev/shm/caps", "ok 0", "fail EPERM")],
    "SYS_CHROOT": [("chroot /srv", "ok 0", "fail EPERM")],
    "SETUID": [("setuid 1000", "ok 0", "fail EPERM")],	# and root no more
}

# The memory limit that IPC_LOCK passes.
ULIMITS = [{"name": "memlock", "softLimit": 65536, "hardLimit": 65536}]

# What a grant does not bring along, though its system calls could.
BESIDES = {"CHECKPOINT_RESTORE": [("clone3-user", "fail EPERM")]}


def grant_table():
    """{capability: (number, SELinux type)} of policy/grants.c."""
    text = (harness.ROOT / "policy/grants.c").read_text()
    rows = re.findall(r'^\t(?:DEFAULT|GRANT)\((\w+)(?:, "(\w+)")?', text, re.M)
    return {name: (number, kind or "task_t")
            for number, (name, kind) in enumerate(rows)}


TABLE = grant_table()
DEFAULT_SET = sum(1 << TABLE[c][0] for c in DEFAULTS)
EVERY_SET = (1 << len(TABLE)) - 1


def all_of(table):
    return [row for rows in table.values() for row in rows]


def tries(name, deeds, add=(), drop=(), **fields):
    """A task that tries the deeds one after the other."""
    words = ["label", "--", "caps"]
    for verb, *_ in deeds:
        words += ["--", *verb.split()]
    capabilities = {"add": list(add), "drop": list(drop)}
    return task(name, probe(name, *words, ulimits=ULIMITS, linuxParameters={
        "capabilities": capabilities}, **fields))


TASKS = [tries(f"with-{c}", BESIDES.get(c, []) + deeds, add=[c])
         for c, deeds in DEEDS.items()] + \
    [tries(f"drop-{c}", deeds, drop=[c]) for c, deeds in DEFAULTS.items()] + \
    [tries("without", all_of(DEEDS) + all_of(DEFAULTS)),
     tries("all", all_of(DEEDS), add=["ALL"]),
     tries("privileged", all_of(DEEDS), privileged=True)]

# Each task lacks one capability, and everything else is open to it: what
# refuses it is the kernel's own check, not the filter or the policy.
BUT_ONE = {c: deeds for c, deeds in DEEDS.items()
           if any(granted != refused for _, granted, refused in deeds)}

# What such a task is answered where it is not what `without` is.
BUT_ONE_ANSWERS = {
    "net-admin-netlink": "fail EPERM",
    "bpf-pin /sys/fs/bpf/mine": "fail ENOENT",	# the mount is BPF's
    # SYS_ADMIN holds what was split off it.
    "bpf-map": "ok 0", "perf": "ok 0", "map-files": "ok 0",
    "set-tid 4000": "ok 4000",
}

# Both at once, as each spends most of its time starting.
both = harness.shared(lambda: [harness.boot(
    instance={"privilegedCapabilities": list(DEEDS)}, tasks=tasks)
    for tasks in (TASKS, [tries(f"but-{c}", deeds, add=["ALL"], drop=[c])
                          for c, deeds in BUT_ONE.items()])])


def granted():
    return both()[0]


def but_one():
    return both()[1]


def wrong(container, deeds, column, guest=granted):
    """The deeds of a container that were not answered as the table says."""
    guest().wait_off(2 * harness.TIMEOUT_S)
    texts = guest().texts(container)
    answers = {verb: [text[len(verb) + 2:] for text in texts
                      if text.startswith(f"{verb}: ")] for verb, *_ in deeds}
    wanted = {row[0]: [row[column]] if row[column] else [] for row in deeds}
    return [f"{container}: {verb}: {answers[verb]}, wanted {wanted[verb]}"
            for verb in wanted if answers[verb] != wanted[verb]]


def capabilities(container):
    """The set that the process holds, and that no program can go beyond."""
    granted().wait_off()
    held, bound = (int(text.split()[-1], 16)
                   for text in granted().texts(container)
                   if re.match("caps: Cap(Eff|Bnd):", text))
    assert held == bound, container
    return held


def records(name):
    granted().wait_off()
    return [r.values for r in granted().records
            if r.name == f"cloister.{name}"]


def test_every_capability_of_the_grant_table_has_its_deed():
    assert len(TABLE) == 41
    assert {c for c, (_, kind) in TABLE.items() if kind != "task_t"} == \
        set(DEEDS)
    assert set(TABLE) == set(DEEDS) | set(DEFAULTS)


def test_a_permitted_and_asked_capability_does_its_deed():
    assert not [w for c, deeds in DEEDS.items()
                for w in wrong(f"with-{c}", deeds, 1)]


def test_a_permitted_capability_that_was_not_asked_for_is_refused():
    assert not wrong("without", all_of(DEEDS), 2)


def test_every_other_capability_is_no_substitute():
    assert not [w for c, deeds in BUT_ONE.items() for w in wrong(
        f"but-{c}", [(verb, BUT_ONE_ANSWERS.get(verb, refused))
                     for verb, _, refused in deeds], 1, but_one)]


def test_a_grant_brings_nothing_besides():
    assert not [w for c, deeds in BESIDES.items()
                for w in wrong(f"with-{c}", deeds, 1)]


def test_add_all_does_every_deed():
    assert not wrong("all", all_of(DEEDS), 1)
    assert capabilities("all") == EVERY_SET


def test_privileged_does_every_deed():
    assert not wrong("privileged", all_of(DEEDS), 1)
    assert capabilities("privileged") == EVERY_SET


def test_a_task_holds_what_it_asked_for_and_the_defaults():
    assert capabilities("without") == DEFAULT_SET
    for c in DEEDS:
        assert capabilities(f"with-{c}") == DEFAULT_SET | 1 << TABLE[c][0], c


def test_a_default_capability_does_its_deed():
    assert not wrong("without", all_of(DEFAULTS), 1)


def test_a_dropped_default_capability_is_gone():
    assert not [w for c, deeds in DEFAULTS.items()
                for w in wrong(f"drop-{c}", deeds, 2)]
    for c in DEFAULTS:
        assert capabilities(f"drop-{c}") == DEFAULT_SET & ~(1 << TABLE[c][0]), c


def test_reboot_ends_the_container_and_not_the_machine():
    for name in ("with-SYS_BOOT", "all", "privileged"):
        ends = [(r["exit_code"], r["signal"])
                for r in records("container.state")
                if r["container"] == name and r["state"] == "STOPPED"]
        assert ends == [(129, 1)], (name, ends)
    assert len([r for r in records("task.state")
                if r["state"] == "STOPPED"]) == len(DEEDS) + len(DEFAULTS) + 3
    assert "power off after drain" in granted().wait_off()


def test_each_grant_has_the_type_of_its_row():
    def kind(container):
        return granted().result("label", container).split(":")[2]
    for c in DEEDS:
        assert kind(f"with-{c}") == TABLE[c][1], c
    for name in ("without", *(f"drop-{c}" for c in DEFAULTS)):
        assert kind(name) == "task_t", name
    assert kind("all") == kind("privileged") == "task_super_t"


def test_each_grant_is_a_record():
    given = sorted((r["container"], r["capability"])
                   for r in records("grant.given"))
    assert given == sorted(
        [(f"with-{c}", c) for c in DEEDS] +
        [(name, c) for name in ("all", "privileged") for c in DEEDS])


# What the task asks for: (its fields, the capability that is not permitted,
# the path of the request).
GREEDY = [
    ({"linuxParameters": {"capabilities": {"add": ["SYSLOG", "SYS_TIME"]}}},
     "SYS_TIME", "linuxParameters.capabilities.add[1]"),
    ({"privileged": True}, "BPF", "privileged"),
]


def test_an_asked_capability_that_is_not_permitted_starts_nothing():
    guests = [harness.boot(
        instance={"privilegedCapabilities": [c for c in DEEDS if c != missing]},
        tasks=[task("greedy", probe("greedy", "ids", **fields))])
        for fields, missing, _ in GREEDY]
    for guest, (_, missing, path) in zip(guests, GREEDY):
        refused = guest.record("document.refused").values
        assert refused["path"] == \
            f"$.tasks[0].taskDefinition.containerDefinitions[0].{path}"
        guest.record("grant.refused", capability=missing)
        console = guest.wait_off()
        assert "power off after drain (document-refused)" in console
        assert not [r for r in guest.records if r.name in
                    ("cloister.image.unpacked", "cloister.task.state")]
