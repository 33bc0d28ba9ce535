# SPDX-License-Identifier: MIT
"""What a task definition puts around its containers: names, networks,
namespaces, settings, devices. One boot, a task for each claim."""

import harness
from harness import probe, task


def before(name, *verbs, **fields):
    """A container that ends and leaves its task to the next one."""
    return probe(name, *verbs, essential=False, **fields)


def after(others, name, *verbs, **fields):
    """A container that starts when all of `others` have ended."""
    return probe(name, *verbs, dependsOn=[
        {"containerName": other, "condition": "COMPLETE"}
        for other in others], **fields)


TASKS = [
    task("named", probe("named", "contents", "/etc/hosts", "--", "contents",
                        "/etc/hostname", "--", "contents", "/etc/resolv.conf",
                        "--", "resolve", "db.test", "--", "resolve",
                        "box.internal", "--", "write", "/etc/hosts", "x",
                        hostname="box.internal", dnsServers=["192.0.2.53"],
                        dnsSearchDomains=["a.test", "b.test"],
                        extraHosts=[{"hostname": "db.test",
                                     "ipAddress": "10.1.2.3"}])),
    task("sealed", probe("sealed", "contents", "/etc/resolv.conf",
                         "--", "write", "/etc/hosts", "x",
                         readonlyRootFilesystem=True)),
    task("apart",
         before("apart", "netifs", "--", "namespace", "net",
                disableNetworking=True),
         before("beside", "namespace", "net"),
         after(["apart", "beside"], "beside-2", "namespace", "net")),
    task("cut-off",
         before("cut-off", "netifs", "--", "namespace", "net",
                disableNetworking=True),
         after(["cut-off"], "in-host", "netifs", "--", "contents",
               "/etc/hosts"),
         networkMode="host"),
]
def leaves(name, **fields):
    """A container that leaves something behind, and ends."""
    return before(name, "systemv", "7", "left", "--", "queue", "/q", "sent",
                  "--", "write", "/dev/shm/word", "kept", **fields)


def looks(others, name, **fields):
    """... and one that looks for it."""
    return after(others, name, "systemv", "7", "--", "queue", "/q", "--",
                 "read", "/dev/shm/word", "--", "stat", "/dev/shm", **fields)


READY = [{"sourceVolume": "ready", "containerPath": "/ready"}]
TRACE = {"capabilities": {"add": ["SYS_PTRACE"]}}

TASKS += [
    task("own-ipc", leaves("own-leaves"), looks(["own-leaves"], "own-looks")),
    task("one-ipc", leaves("one-leaves"), before(
        "one-traces", "systemv", "7", linuxParameters=TRACE, dependsOn=[
            {"containerName": "one-leaves", "condition": "COMPLETE"}]),
        looks(["one-leaves", "one-traces"], "one-looks",
              linuxParameters={"sharedMemorySize": 3}), ipcMode="task"),
    task("no-shm", probe("no-shm", "systemv", "7", "x", "--", "stat",
                         "/dev/shm"), ipcMode="none"),
    # Its containers' first processes are 2, 3, 4: 1 holds the namespace.
    task("one-pid",
         before("ends", "orphans", "3", "--", "reaped", "--", "namespace",
                "pid", "--", "exit", "3"),
         before("stays", "namespace", "pid", "--", "catch", "15", "42", "--",
                "write", "/ready/now", "x", "--", "pause", mountPoints=READY,
                dependsOn=[{"containerName": "ends",
                            "condition": "COMPLETE"}]),
         before("traces", "read", "/proc/1/comm", "--", "signal", "1", "9",
                "--", "orphans", "3", "--", "reaped", linuxParameters={
                    "initProcessEnabled": True, **TRACE},
                dependsOn=[{"containerName": "stays", "condition": "START"}]),
         after(["traces"], "sees", "await", "/ready/now", "--", "namespace",
               "pid", "--", "pids", mountPoints=READY),
         pidMode="task", volumes=[{"name": "ready"}]),
]
NET_ADMIN = {"capabilities": {"add": ["NET_ADMIN"]}}

TASKS += [
    task("devices", before("any", "write", "/dev/nothing", "x", "--", "open",
                           "/dev/net/tun", linuxParameters={"devices": [
                               {"hostPath": "/dev/null",
                                "containerPath": "/dev/nothing"}]}),
         before("tun", "open", "/dev/tun", "r", "--", "open", "/dev/tun", "w",
                "--", "open", "/dev/net/tun", "w", linuxParameters={
                    **NET_ADMIN, "devices": [
                        {"hostPath": "/dev/net/tun",
                         "containerPath": "/dev/tun",
                         "permissions": ["read"]}]}),
         after(["any", "tun"], "tun-all", "open", "/dev/net/tun", "w",
               linuxParameters=NET_ADMIN)),
]
SETTINGS = [{"namespace": "net.core.somaxconn", "value": "77"},
            {"namespace": "net.ipv4.ip_local_port_range",
             "value": "40000 40100"},
            {"namespace": "net.core.optmem_max", "value": "20000"},
            {"namespace": "net.core.txrehash", "value": "0"},
            {"namespace": "net.core.xfrm_acq_expires", "value": "31"},
            {"namespace": "net.unix.max_dgram_qlen", "value": "11"},
            {"namespace": "net.ipv6.bindv6only", "value": "1"},
            {"namespace": "kernel.msgmax", "value": "4096"},
            {"namespace": "kernel.sem", "value": "10 100 10 10"},
            {"namespace": "fs.mqueue.msg_max", "value": "4"}]


def settings(wrapped, name, *verbs, **fields):
    """A container that says what these settings are with it."""
    reads = [word for each in SETTINGS for word in
             ("read", "/proc/sys/" + each["namespace"].replace(".", "/"),
              "--")]
    return wrapped(name, *reads, *verbs, **fields)


TASKS += [
    task("set", settings(before, "set", "open",
                         "/proc/sys/net/core/somaxconn", "w",
                         systemControls=SETTINGS),
         after(["set"], "set-too", "read", "/proc/sys/net/core/somaxconn",
               "--", "read", "/proc/sys/kernel/msgmax")),
    task("unset", settings(probe, "unset", "namespace", "net")),
    task("set-nothing", probe("set-nothing", "say", "no", systemControls=[
        {"namespace": "net.ipv4.no_such_thing", "value": "1"}])),
    task("set-wrong", probe("set-wrong", "say", "no", systemControls=[
        {"namespace": "net.core.somaxconn", "value": "many"}])),
]
NETWORK = {"address": "10.0.2.15/24", "gateway": "10.0.2.2",
           "dns": ["10.0.2.3"]}

machine = harness.shared(lambda: harness.boot(
    tasks=TASKS, memory_mib=1024, instance={
        "network": NETWORK, "privilegedCapabilities": ["SYS_PTRACE", "NET_ADMIN"]}))


def test_a_container_finds_its_names_and_those_of_its_task_definition():
    guest = machine()
    hosts = guest.result("contents /etc/hosts", "named").split("|")
    assert hosts[0] == "127.0.0.1\tlocalhost", hosts
    assert hosts[-3:] == ["10.1.2.3\tdb.test",
                          "127.0.1.1\tbox.internal box", ""], hosts
    assert guest.result("contents /etc/hostname", "named") == "box.internal|"
    assert guest.result("contents /etc/resolv.conf", "named") == \
        "nameserver 192.0.2.53|search a.test b.test|"
    assert guest.result("resolve db.test", "named") == "10.1.2.3"
    assert guest.result("resolve box.internal", "named") == "127.0.1.1"
    assert guest.result("write /etc/hosts x", "named") == "ok 1"


def test_a_read_only_root_has_the_instances_servers_and_keeps_its_names():
    guest = machine()
    assert guest.result("contents /etc/resolv.conf", "sealed") == \
        "nameserver 10.0.2.3|"
    assert guest.result("write /etc/hosts x", "sealed") == "fail EROFS"


def test_disabled_networking_leaves_a_loopback_that_is_nobody_elses():
    guest = machine()
    networks = [guest.result("namespace net", name)
                for name in ("apart", "beside", "beside-2")]
    assert networks[0] != networks[1] == networks[2], networks
    for name in "apart", "cut-off":
        guest.log("^namespace net: ", name)	# behind all its interfaces
        assert [t for t in guest.texts(name) if t.startswith("netifs")] == \
            ["netifs: lo"], guest.texts(name)
    guest.log("^netifs: e", "in-host")
    assert "|10.0.2.15\t" in guest.result("contents /etc/hosts", "in-host")


def test_ipc_is_each_containers_own_unless_the_task_shares_it():
    guest = machine()
    assert guest.result("systemv 7", "own-looks") == "fail ENOENT"
    assert guest.result("queue /q", "own-looks") == "fail ENOENT"
    assert guest.result("read /dev/shm/word", "own-looks") == "fail ENOENT"
    assert guest.result("systemv 7", "one-looks") == "left"
    assert guest.result("queue /q", "one-looks") == "sent"
    assert guest.result("read /dev/shm/word", "one-looks") == "ok kept"
    # Whatever else was granted to one of them.
    assert guest.result("systemv 7", "one-traces") == "left"


def test_ipc_mode_none_has_ipc_of_its_own_and_no_shared_memory_files():
    guest = machine()
    assert guest.result("systemv 7 x", "no-shm") == "x"
    assert guest.result("stat /dev/shm", "no-shm") == "fail ENOENT"


def test_pid_mode_task_outlives_the_first_container_and_stops_in_order():
    guest = machine()
    names = {guest.result("namespace pid", name)
             for name in ("ends", "stays", "sees")}
    assert len(names) == 1, names
    assert guest.result("read /proc/1/comm", "traces") == "ok reaper"
    for name in "ends", "traces":
        assert guest.result("reaped", name) == "ok"
    seen = guest.result("pids", "sees").split()
    assert len(seen) == 3 and seen[0] == "1", seen
    for name, code in ("ends", 3), ("stays", 42), ("sees", 0):
        guest.record("container.state", container=name, state="STOPPED",
                     exit_code=code)
    guest.record("task.state", family="one-pid", state="STOPPED")


def test_settings_are_the_tasks_own_and_nobody_elses():
    guest = machine()
    for each in SETTINGS:
        verb = "read /proc/sys/" + each["namespace"].replace(".", "/")
        value = "ok " + each["value"].replace(" ", "\t")
        assert guest.result(verb, "set") == value, verb
        assert guest.result(verb, "unset") != value, verb
    assert guest.result("open /proc/sys/net/core/somaxconn w", "set") == \
        "fail EACCES"
    # The network is the task's, ipc the container's.
    assert guest.result("read /proc/sys/net/core/somaxconn", "set-too") == \
        "ok 77"
    assert guest.result("read /proc/sys/kernel/msgmax", "set-too") != \
        "ok 4096"


def test_settings_that_the_kernel_refuses_are_named_by_who_does_not_start():
    guest = machine()
    for name, setting in ("set-nothing", "net.ipv4.no_such_thing"), \
            ("set-wrong", "net.core.somaxconn"):
        guest.log(f"CannotStartContainerError.*sysctl {setting}", name)
        guest.record("container.state", container=name, state="STOPPED",
                     exit_code=-1)


def test_devices_have_the_name_and_the_permissions_that_were_asked_for():
    guest = machine()
    assert guest.result("write /dev/nothing x", "any") == "ok 1"
    assert guest.result("open /dev/net/tun", "any") == "fail ENOENT"
    assert guest.result("open /dev/tun r", "tun") == "ok 0"
    assert guest.result("open /dev/tun w", "tun") == "fail EPERM"
    assert guest.result("open /dev/net/tun w", "tun") == "fail EPERM"
    assert guest.result("open /dev/net/tun w", "tun-all") == "ok 0"
