"""The kernel's own guards on the network, besides SELinux: init/guard.h."""

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
def adds(*capabilities):
    return {"linuxParameters": {"capabilities": {"add": list(capabilities)}}}


GRANTED = adds("SYS_ADMIN", "BPF", "NET_ADMIN", "NET_RAW")

machine = harness.shared(lambda: harness.boot(
    instance={"privilegedCapabilities": [
        "SYS_ADMIN", "BPF", "NET_ADMIN", "NET_RAW"]},
    tasks=[
        task("awsvpc", probe("awsvpc", *VERBS)),
        task("host", probe("host", *VERBS, **adds("NET_RAW")),
             networkMode="host"),
        task("super", probe("super", *chain(
            "label", "bpf-take", *FORBIDDEN, "exit 0"), **GRANTED),
             networkMode="host")]))


def test_the_boot_proves_its_guards():
    assert machine().record("boot.evidence").values["guards"] == 15


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
    assert ":task_super_t:" in machine().result("label", "super")
    assert machine().result("bpf-take", "super") == "fail EACCES"


def test_uplink_delivers_all_the_same():
    machine().wait_off()
    assert not machine().collector.errors
    assert len({line.container for line in machine().logs}) == 3
