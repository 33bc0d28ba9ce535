"""Two hostile tasks side by side, and a task against the house."""

import harness
from harness import probe, task

HOUSE = ("init_t", "runtime_t", "uplink_t", "courier_t", "intake_t", "unpack_t",
         "format_t", "metadata_t", "kernel_t")


def chain(*verbs):
    """Verbs of probe one after the other, each given as one string."""
    words = []
    for verb in verbs:
        words += ["--"] * bool(words) + verb.split()
    return words


# The attacker's own pid namespace numbers its processes from 1 on, so every
# pid that it can name is tried; a victim with init process has several.
PIDS = [f"signal {pid} 9" for pid in (2, 3, 10, 100, 200)]

ATTACKS = chain(
    "pids", "label", *PIDS, "ptrace 2",
    "read /proc/2/environ", "read /proc/100/environ", "list /proc",
    "open /sys/fs/cgroup/cgroup.procs w", "open /proc/sysrq-trigger w",
    "open /proc/kcore r", "open /proc/sys/kernel/core_pattern w",
    "open /proc/sys/vm/overcommit_memory w", "open /dev/kmsg r",
    "open /dev/mem r", "mknod /tmp/disk b 254 0", "open /tmp/disk r",
    "mknod /tmp/null c 1 3", "open /tmp/null w",
    "mount /tmp", "unshare user", "unshare mnt", "unshare net",
    "packet-socket", "raw-socket", "socket 16 3 15", "bpf-map", "bpf-prog", "perf", "module /proc/self/exe", "settime",
    "setns /proc/1/ns/mnt", "sethostname other", "net-admin",
    "copy-self /tmp/dropped", "open /sys/fs/selinux/enforce w",
    "open /sys/fs/selinux/load w", "unix-connect @victim",
    "exit 0")

# What the network card took over when it came to be, and what others tell.
LINK = [f"read /proc/sys/net/{s}" for s in (
    "ipv6/conf/eth0/accept_ra", "ipv6/conf/eth0/accept_redirects",
    "ipv4/conf/eth0/accept_redirects", "ipv4/conf/eth0/secure_redirects",
    "ipv4/conf/eth0/send_redirects", "ipv4/conf/eth0/accept_source_route")]

machine = harness.shared(lambda: harness.boot(tasks=[
    task("victim", probe("victim", "label", "--", "write", "/tmp/secret",
                         "canary-of-the-victim", "--", "sleep", "6000")),
    task("attacker", probe("attacker", *ATTACKS)),
    task("escape", probe("escape", *chain(*[
        f"write /proc/self/attr/exec system_u:system_r:{t}:s0"
        for t in HOUSE], "write /proc/self/attr/current "
        "system_u:system_r:runtime_t:s0", "exit 0"))),
    task("hosted", probe("hosted", *chain(
        "label", "netifs", "listen 8080", "connect 127.0.0.1 8080", *LINK,
        "net-admin", "packet-socket",
        "raw-socket", "socket 16 3 15", "net-admin-netlink",
        "unix-connect @anything", "exit 0")),
        networkMode="host"),
]))


def said(verb, name="attacker"):
    return machine().result(verb, name)


def test_tasks_carry_different_categories():
    pairs = {machine().result("label", name).split(":s0:")[1]
             for name in ("victim", "attacker")}
    assert len(pairs) == 2, pairs


def test_a_task_sees_no_process_but_its_own():
    assert said("pids") == "1"


def test_a_task_cannot_signal_trace_or_read_another():
    for verb in PIDS:
        assert said(verb) == "fail ESRCH", verb
    assert said("ptrace 2") == "fail ESRCH"
    for pid in (2, 100):
        assert said(f"read /proc/{pid}/environ") == "fail ENOENT"


def test_kernel_interfaces_are_closed_to_a_task():
    for path in ("/proc/sysrq-trigger w", "/proc/sys/kernel/core_pattern w",
                 "/proc/sys/vm/overcommit_memory w"):
        assert said(f"open {path}") in ("fail EROFS", "fail EACCES"), path
    for path in ("/dev/kmsg r", "/dev/mem r"):
        assert said(f"open {path}") == "fail ENOENT", path
    for path in ("/sys/fs/selinux/enforce w", "/sys/fs/selinux/load w",
                 "/sys/fs/cgroup/cgroup.procs w"):
        assert said(f"open {path}").startswith("fail E"), path


def test_a_device_node_of_ones_own_opens_only_what_is_allowed():
    assert said("open /tmp/disk r").startswith("fail E")


def test_privileged_calls_are_refused():
    for verb in ("mount /tmp", "unshare user", "unshare mnt", "unshare net",
                 "bpf-map", "bpf-prog", "perf", "module /proc/self/exe", "settime",
                 "setns /proc/1/ns/mnt", "sethostname other", "net-admin"):
        assert said(verb) in ("fail EPERM", "fail EACCES", "fail ENOSYS"), \
            (verb, said(verb))


def test_a_task_cannot_enter_a_domain_of_the_house():
    guest = machine()
    for verb in [f"write /proc/self/attr/exec system_u:system_r:{t}:s0"
                 for t in HOUSE] + ["write /proc/self/attr/current "
                                    "system_u:system_r:runtime_t:s0"]:
        assert guest.result(verb, "escape") in ("fail EACCES",
                                                "fail EPERM"), verb


def test_a_refused_attempt_leaves_as_a_record():
    guest = machine()
    denial = guest.record("denial").values
    assert denial["source"].startswith("system_u:system_r:task_"), denial
    assert denial["permissive"] == 0


def test_the_console_repeats_no_byte_of_a_task():
    # Kernel messages name the process: denials, and the OOM killer's victim.
    guest = harness.boot(tasks=[task(name, probe(name, *chain(
        "copy-self /tmp/canary-comm", f"exec /tmp/canary-comm {verb}")))
        for name, verb in (("denied", "open /proc/sysrq-trigger w"),
                           ("hungry", "eat 200"))])
    guest.record("denial")
    guest.record("container.oom", container="hungry")
    console = guest.wait_off()
    assert "power off after drain" in console
    assert "canary" not in console


def test_the_host_network_is_shared_without_privilege_over_it():
    guest = machine()
    guest.log("^netifs: eth0$", "hosted")
    for verb in ("listen 8080", "connect 127.0.0.1 8080"):
        assert guest.result(verb, "hosted") == "ok 0", verb
    for verb in ("net-admin", "net-admin-netlink"):
        assert guest.result(verb, "hosted") in ("fail EPERM",
                                                "fail EACCES"), verb


def test_the_network_card_believes_no_router():
    for verb in LINK:
        assert said(verb, "hosted") == "ok 0", verb


def test_a_task_in_the_hosts_network_cannot_read_its_packets():
    """There NET_RAW, which others have unasked, would show every task's."""
    assert ":task_host_t:" in said("label", "hosted")
    assert ":task_t:" in said("label")
    # SELinux refuses it before the missing capability does.
    for verb in ("packet-socket", "raw-socket"):
        assert said(verb, "hosted") == "fail EACCES", verb
        assert said(verb).startswith("ok"), verb


def test_a_task_in_a_network_of_its_own_hears_no_events_of_the_machine():
    assert said("socket 16 3 15") == "fail EACCES"
    assert said("socket 16 3 15", "hosted").startswith("ok")


def test_the_victim_was_not_disturbed():
    state = machine().record("container.state", container="victim",
                             state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (0, 0)
    machine().wait_off()
