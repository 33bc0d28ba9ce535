"""The kernel's own guards, besides SELinux: init/guard.h.

The house's are asked by the impostor of the test image: crash_test.
"""

import socket

import harness
from harness import probe, task

METADATA = "169.254.169.254"
ADDRESSES = METADATA, "fd00:ec2::254", f"::ffff:{METADATA}"
FORBIDDEN = [f"{verb} {address} 80" for verb in ("connect", "send")
             for address in ADDRESSES]
NEIGHBOUR = "connect 169.254.169.253 80"
HOST = "10.0.2.2"

# A server beside the collector, whose port is known before the boot.
server = socket.create_server(("127.0.0.1", 0))
PERMITTED = f"connect {HOST} {server.getsockname()[1]}"


def chain(*verbs):
    words = []
    for verb in verbs:
        words += ["--"] * bool(words) + verb.split()
    return words


VERBS = chain(*FORBIDDEN, NEIGHBOUR, PERMITTED, f"send-raw {METADATA}",
              f"send-raw {HOST}", "listen 8080", "exit 0")
FRAMES = ["send-frame {}", "capture {}", "bind-queue {}"]


def on(link):
    return [verb.format(link) for verb in FRAMES]


# What the kernel was told, as a task sees it; init/settings has them all.
TOLD = {"kernel/io_uring_disabled": "2", "kernel/unprivileged_bpf_disabled": "1",
        "kernel/kptr_restrict": "2", "kernel/dmesg_restrict": "1",
        "kernel/yama/ptrace_scope": "2", "kernel/modules_disabled": "1",
        "kernel/kexec_load_disabled": "1", "kernel/core_pattern": "core",
        "vm/unprivileged_userfaultfd": "0", "user/max_user_namespaces": "256"}
READS = [f"read /proc/sys/{name}" for name in TOLD]


def adds(*capabilities):
    return {"linuxParameters": {"capabilities": {"add": list(capabilities)}}}


PERMITTED_GRANTS = ["SYS_ADMIN", "BPF", "NET_ADMIN", "NET_RAW"]
GRANTED = adds(*PERMITTED_GRANTS)

machine = harness.shared(lambda: harness.boot(
    instance={"privilegedCapabilities": PERMITTED_GRANTS},
    tasks=[
        task("awsvpc", probe("awsvpc", *VERBS)),
        task("told", probe("told", *chain(*READS))),
        task("frames", probe("frames", *chain(*on("lo")), **GRANTED)),
        task("host", probe("host", *VERBS, **adds("NET_RAW")),
             networkMode="host"),
        task("super", probe("super", *chain(
            "label", "bpf-take", *FORBIDDEN, *on("eth0"), "exit 0"),
            **GRANTED),
             networkMode="host")]))


def test_the_boot_proves_its_guards():
    assert machine().record("boot.evidence").values["guards"] == 28


def test_no_task_reaches_the_metadata_service():
    for name in ("awsvpc", "host", "super"):
        for verb in FORBIDDEN:
            assert machine().result(verb, name) == "fail EPERM", (name, verb)


def test_raw_sockets_are_no_way_around():
    assert machine().result(f"send-raw {METADATA}", "host") == "fail EPERM"
    assert machine().result(f"send-raw {HOST}", "host") == "ok 8"


def test_tasks_reach_everything_else():
    for name in ("awsvpc", "host"):
        assert machine().result(NEIGHBOUR, name) != "fail EPERM", name
        assert machine().result("listen 8080", name).startswith("ok"), name
    assert machine().result(PERMITTED, "host") == "ok 0"
    assert machine().result(PERMITTED, "awsvpc") == "fail ENETUNREACH"


def test_no_grant_lets_a_task_take_a_guard_in_hand():
    assert ":task_host_super_t:" in machine().result("label", "super")
    assert machine().result("bpf-take", "super") == "fail EACCES"


def test_nobody_writes_frames_in_the_machines_network():
    assert machine().result("send-frame eth0", "super") == "fail EPERM"
    assert machine().result("bind-queue eth0", "super") == "fail EPERM"
    # Capturing is what the grant is for.
    assert machine().result("capture eth0", "super") == "ok 0"
    assert machine().result("send-frame lo", "frames") == "ok 16"
    assert machine().result("bind-queue lo", "frames") == "fail EINVAL"
    assert machine().result("capture lo", "frames") == "ok 0"


def test_the_kernel_is_as_it_was_told_seen_from_a_task():
    for name, value in TOLD.items():
        said = machine().result(f"read /proc/sys/{name}", "told")
        assert said.split()[-1] == value, (name, said)


def test_uplink_delivers_all_the_same():
    machine().wait_off()
    assert not machine().collector.errors
    assert len({line.container for line in machine().logs}) == 5


def test_a_document_opens_the_metadata_service_to_tasks():
    guest = harness.boot(
        instance={"privilegedCapabilities": PERMITTED_GRANTS,
                  "metadataOptions": {"httpEndpoint": "enabled"}},
        tasks=[task("open", probe("open", *chain(
            f"send {METADATA} 80", "send fd00:ec2::254 80",
            f"send-raw {METADATA}", "send-frame eth0", "bind-queue eth0",
            "exit 0"), **GRANTED), networkMode="host")])
    guest.record("metadata.opened", http_endpoint="enabled")
    assert guest.result(f"send {METADATA} 80").startswith("ok")
    assert guest.result("send fd00:ec2::254 80") != "fail EPERM"
    assert guest.result(f"send-raw {METADATA}").startswith("ok")
    assert guest.result("send-frame eth0") == "ok 16"
    assert guest.result("bind-queue eth0") == "fail EINVAL"
    guest.wait_off()


def test_opening_is_a_record_and_its_absence_none():
    machine().wait_off()
    assert not [r for r in machine().records
                if r.name == "cloister.metadata.opened"]
