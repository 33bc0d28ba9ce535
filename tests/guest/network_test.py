# SPDX-License-Identifier: MIT
"""Networks of tasks: cards that the document gives to them, and bridges."""

import re
import socket

import harness
from harness import probe, task

FIRST = "52:54:00:12:34:56"	# QEMU's own choice for the instance's card
GIVEN, LATE = "02:00:5e:10:00:03", "02:00:5e:10:00:04"

# Servers beside the collector, whose ports are known before the boot.
server4 = socket.create_server(("127.0.0.1", 0))
server6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
OUT4 = f"connect 10.0.3.2 {server4.getsockname()[1]}"
OUT6 = f"connect fd03::2 {server6.getsockname()[1]}"
LATE_OUT = f"connect 10.0.4.2 {server4.getsockname()[1]}"
METADATA = ["connect 169.254.169.254 80", "connect fd00:ec2::254 80"]


def chain(*verbs):
    words = []
    for verb in verbs:
        words += ["--"] * bool(words) + verb.split()
    return words


def attachment(*interfaces):
    return {"networkInterfaces": list(interfaces)}


def given(name, mac, *verbs, **interface):
    """A task with a card, on the network of the number `net`."""
    net = interface.pop("net", 3)
    out = task(name, probe(name, *chain("netifs", *verbs, "exit 0")))
    out["attachments"] = [attachment({
        "macAddress": mac, "gateways": [f"10.0.{net}.2"],
        "addresses": [f"10.0.{net}.15/24"], **interface})]
    return out


# The bridge mode: a task's address is that of its row in the state, which
# begins as the document does: "served" is the sixth, "client" the seventh.
INSTANCE, SERVED, CLIENT = "10.0.2.15", "172.17.0.7", "172.17.0.8"
OUT = f"connect 10.0.2.2 {server4.getsockname()[1]}"
WEB, READY = f"fetch {INSTANCE} 8080", f"fetch {INSTANCE} 8082"
PAST = f"fetch {SERVED} 80 5"
# Nobody listens there, which only who reaches it is told.
CLOSED = [f"connect {address} 9000" for address in ("172.17.0.1", INSTANCE)]
SENDS = [f"forge 10.0.2.2 {INSTANCE} 5300 forged",
         f"forge {CLIENT} {SERVED} 53 direct",
         f"forge {CLIENT} {INSTANCE} 5300 honest",
         f"forge {CLIENT} {INSTANCE} 5300 end"]


def bridged(name, *containers):
    return task(name, *containers, networkMode="bridge")


def mapped(inner, outer=0, protocol="tcp"):
    return {"containerPort": inner, "hostPort": outer, "protocol": protocol}


DUAL = {"addresses": ["10.0.3.15/24", "fd03::15/64"],
        "gateways": ["10.0.3.2", "fd03::2"], "mtu": 1400}
RA = "read /proc/sys/net/ipv6/conf/eth0/accept_ra"
MTU = "read /sys/class/net/eth0/mtu"
DROP = "tcx-drop eth0"	# from then on the card moves no packet


def granted(out, *capabilities):
    container = out["taskDefinition"]["containerDefinitions"][0]
    container["linuxParameters"] = {
        "capabilities": {"add": list(capabilities)}}
    return out


def boot():
    guest = harness.boot(
        cards=[(GIVEN, 3)], slots=1, forwards=[8080],
        instance={"privilegedCapabilities": ["NET_ADMIN", "BPF"]},
        tasks=[granted(given("given", GIVEN, OUT4, OUT6, MTU, RA, *METADATA,
                             DROP, **DUAL), "NET_ADMIN", "BPF"),
               given("next", GIVEN.upper(), OUT4, OUT6, MTU),
               given("late", LATE, LATE_OUT, net=4),
               given("greedy", FIRST),
               task("bare", probe("bare", *chain("netifs", OUT4, OUT6))),
               bridged("served",
                       probe("web", *chain("serve 80 3 hello"), portMappings=[
                           mapped(80, 8080), mapped(81)]),
                       probe("ear", *chain("hear 53 82"), portMappings=[
                           mapped(53, 5300, "udp"), mapped(82, 8082)])),
               bridged("client", probe("client", *chain(
                   OUT, *METADATA, PAST, *CLOSED, WEB, READY, *SENDS))),
               task("hosted", probe("hosted", *chain(*CLOSED, PAST, WEB)),
                    networkMode="host")])
    guest.log("^netifs: eth0$", "given")
    guest.machine.plug(LATE, 4)
    guest.log("^serve .*: ready$", "web")
    port = guest.machine.forwarded(8080)
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        guest.fetched = connection.recv(100)
    return guest


machine = harness.shared(boot)


def said(verb, name):
    return machine().result(verb, name)


def test_a_task_reaches_the_network_of_its_card():
    machine().log("^netifs: eth0$", "given")
    for verb in (OUT4, OUT6):
        assert said(verb, "given") == "ok 0", verb
    assert said(MTU, "given") == "ok 1400"
    assert said(RA, "given") == "ok 0"


def test_its_neighbour_does_not():
    for verb in (OUT4, OUT6):
        assert said(verb, "bare") == "fail ENETUNREACH", verb
    assert machine().texts("bare")[0] == "netifs: lo"
    assert "netifs: eth0" not in machine().texts("bare")


def test_a_card_of_ones_own_does_not_open_the_metadata_service():
    for verb in METADATA:
        assert said(verb, "given") == "fail EPERM", verb


def test_a_card_goes_to_the_next_task_as_it_was():
    guest = machine()
    assert guest.result(DROP, "given") == "ok 0"
    guest.log("^netifs: eth0$", "next")
    assert guest.result(OUT4, "next") == "ok 0"
    assert guest.result(OUT6, "next") == "fail ENETUNREACH"
    assert guest.result(MTU, "next") == "ok 1500"
    for family, state in ("given", "STOPPED"), ("next", "RUNNING"):
        guest.record("task.state", family=family, state=state)
    states = [(r.values["family"], r.values["state"]) for r in guest.records
              if r.name == "cloister.task.state"]
    assert states.index(("given", "STOPPED")) < \
        states.index(("next", "RUNNING")), states


def test_a_card_that_comes_later_is_waited_for():
    machine().log("^netifs: eth0$", "late")
    assert said(LATE_OUT, "late") == "ok 0"


def test_the_instances_own_card_is_not_given_away():
    guest = machine()
    stopped = guest.record("task.state", family="greedy", state="STOPPED")
    assert stopped.values["reason"] == (
        f"ResourceInitializationError: network card {FIRST} is the "
        "instance's own: Resource busy"), stopped
    assert guest.texts("greedy") == []


def test_a_bridged_task_reaches_the_outside():
    assert said(OUT, "client") == "ok 0"
    assert said(METADATA[0], "client") == "fail EPERM"


def test_its_port_is_reached_from_outside_from_tasks_and_from_the_instance():
    assert machine().fetched == b"hello"
    for name in ("client", "hosted"):
        assert said(WEB, name) == "hello", name
    for peer in ("10.0.2.2", "172.17.0.1", INSTANCE):
        machine().log(f"^serve .*: from {re.escape(peer)}$", "web")


def test_its_address_is_not_reached_past_its_ports():
    for name in ("client", "hosted"):
        assert said(PAST, name) == "fail EINPROGRESS", name


def test_a_bridged_task_does_not_reach_the_instance():
    for verb in CLOSED:
        assert said(verb, "hosted") == "fail ECONNREFUSED", verb
        assert said(verb, "client") == "fail ETIMEDOUT", verb


def test_a_bridged_task_sends_from_its_own_address_alone():
    machine().log("^hear 53 82: end$", "ear")
    assert [line.split(": ")[1] for line in machine().texts("ear")] == \
        ["honest", "end"]
    for verb in SENDS:
        assert said(verb, "client").startswith("ok "), verb


def test_a_port_without_a_number_gets_a_dynamic_one():
    machine().record("port.mapped", container_port=82)
    ports = {r.values["container_port"]: r.values for r in machine().records
             if r.name == "cloister.port.mapped"}
    assert sorted(ports) == [53, 80, 81, 82], ports
    assert 49153 <= ports[81]["host_port"] <= 65535
    assert (ports[53]["container"], ports[53]["protocol"],
            ports[53]["host_port"]) == ("ear", "udp", 5300), ports[53]
