"""Canaries: words of a task never reach the operator; no packet goes astray.

Each canary is a random word that a task has in one place. Operator telemetry,
the customer's own destination, the console and a capture of the whole network
are searched for all of them, in every form that a careless program may give
them.
"""

import base64
import json
import re
import secrets
import socket

import collector
import harness
import oci
import pcap
import qemu
import store
from harness import BUILD, container, task

# Where a canary is hidden, and where it may turn up with the customer.
STDOUT = ["stdout", "stdout-bytes", "stderr"]
TOLD = {	# what the house itself tells the customer, and nobody else
    "missing-program": "why its container did not start",
    "oom-process": "which process ran out of memory",
}
HIDDEN = ["argument", "environment-value", "environment-name",
          "image-environment", "label", "author", "history", "image-file",
          "docker-label", "secret", "secret-arn", "secret-file",
          "unused-secret", "environment-file", "file-arn", "volume", "mount-point", "directory", "user-name",
          "file-name", "file-text", "directory-name", "socket", "queue",
          "process", "program", "memory", "crashed-process",
          "killed-process", "bare-program", "denied-file", "host-name",
          "interface", "mount-source", "mount-type"]

OWN_CARD = "52:54:00:12:34:56"	# QEMU's first

# Short: a process name has 15 bytes, an interface's as well.
WORDS = {place: f"k{secrets.token_hex(6)}"
         for place in [*STDOUT, *TOLD, *HIDDEN]}


def forms(word):
    """The bytes under which a word may hide."""
    plain = word.encode()
    yield plain
    yield plain.upper()
    yield plain[::-1]
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    for offset in range(3):	# in the middle of something longer
        text = base64.b64encode(bytes(offset) + plain + bytes(3))
        yield text[(8 * offset + 5) // 6:(8 * (offset + len(plain))) // 6]


def places_in(data):
    """Which canaries the bytes hold."""
    return {place for place, word in WORDS.items()
            if any(form in data for form in forms(word))}


# ------------------------------------------------------------- the instance

def layout():
    """An image with canaries in all that an image says of itself."""
    out = oci.Layout()
    base = store.base((BUILD / "probe").read_bytes())
    own = oci.layer({f"srv/{WORDS['image-file']}": oci.File(b"x")})
    digest = out.image("probe:canary", [base, own], Entrypoint=["/probe"],
                       Env=["PATH=/", f"A={WORDS['image-environment']}"],
                       Labels={WORDS["label"]: WORDS["label"]})
    manifest = json.loads(out.blobs[digest])
    config = json.loads(out.blobs.pop(manifest["config"]["digest"]))
    config["author"] = WORDS["author"]
    config["history"] = [{"created_by": WORDS["history"]}]
    manifest["config"] = out.blob(oci.CONFIG, json.dumps(config).encode())
    del out.blobs[digest]
    out.index["manifests"][0] = {
        **out.index["manifests"][0],
        **out.blob(oci.MANIFEST, json.dumps(manifest).encode()),
        "annotations": {oci.REF_NAME: "probe:canary",
                        "note": WORDS["label"]}}
    return out.write(harness.temporary("canary.tar"))


def canary(name, *verbs, **fields):
    """A container that runs the verbs; {place} in one is a canary."""
    words = ["terse"]
    for verb in verbs:
        words += ["--"] + [
            re.sub(r"\{([\w-]+)\}", lambda m: WORDS[m[1]], word)
            for word in verb.split()]
    return container(name, "probe:canary", *words, essential=False, **fields)


ARN = f"arn:aws:secretsmanager:eu-central-1:1:secret:{WORDS['secret-arn']}"
FILE_ARN = f"arn:aws:s3:::settings/{WORDS['file-arn']}.env"

CONFIDED = {	# beside instance and tasks in the document
    "secrets": {ARN: WORDS["secret"], "file": WORDS["secret-file"],
                "unused": WORDS["unused-secret"]},
    "files": {FILE_ARN: f"# {WORDS['environment-file']}\n"
                        f"OF_FILE={WORDS['environment-file']}\n"}}


def filed():
    """A task that has its secret as a file, and reads it."""
    return {**task("filed", container(
        "filed", "probe:canary", "terse", "--", "open", "/run/secrets/WORD",
        "r", "--", "copy-self", "/tmp/x", "--", "crash",
        secrets=[{"name": "WORD", "valueFrom": "file"}])),
            "secretsAs": "files"}


def tasks():
    adds = {"linuxParameters": {"capabilities": {
        "add": ["SYS_ADMIN", "NET_ADMIN"]}}}
    return [task(
        "canaries",
        canary("writes", "say {stdout}", "raw {stdout-bytes}",
               "err {stderr}", "args {argument}",
               "write /tmp/{file-name} {file-text}", "mkdir /{directory-name}",
               "open /dev/mqueue/{queue} c", "abstract {socket}",
               "comm {process}", "open /proc/sysrq-trigger w", "exit 0",
               environment=[
                   {"name": "VALUE", "value": WORDS["environment-value"]},
                   {"name": WORDS["environment-name"], "value": "x"}],
               secrets=[{"name": "SECRET", "valueFrom": ARN}],
               environmentFiles=[{"value": FILE_ARN, "type": "s3"}],
               dockerLabels={WORDS["docker-label"]: WORDS["docker-label"]},
               workingDirectory=f"/{WORDS['directory']}",
               mountPoints=[{"sourceVolume": WORDS["volume"],
                             "containerPath": f"/{WORDS['mount-point']}"}]),
        canary("dumps", "hold {memory}", "comm {crashed-process}", "crash",
               ulimits=[{"name": "core", "softLimit": -1, "hardLimit": -1}]),
        canary("program", "copy-self /tmp/{program}",
               "exec /tmp/{program} crash"),
        canary("hungry", "comm {oom-process}", "eat 200"),
        canary("filtered", "comm {killed-process}", "seccomp-kill"),
        canary("bare", "copy-self /tmp/{bare-program}",
               "bare-exec /tmp/{bare-program}"),
        canary("granted", "sethostname {host-name}", "tun {interface}",
               "mount-from {mount-source} /tmp ext4",
               "mount-from none /tmp {mount-type}",
               "mount-from {mount-source} /tmp overlay",
               "mkdir /tmp/{denied-file}",
               "mount-from /tmp/{denied-file} /sys tmpfs", **adds),
        container("missing", "probe:canary", essential=False,
                  entryPoint=[f"/{WORDS['missing-program']}"]),
        container("nobody", "probe:canary", "ids", essential=False,
                  user=WORDS["user-name"]),
        container("last", "probe:canary", "pause", stopTimeout=2),
        volumes=[{"name": WORDS["volume"]}]), filed()]


DEEDS = {	# what probe says of them
    "filed": ["open: ok 0", "copy-self: ok 0"],
    "writes": ["raw: ok 17", "args: 1", "write: ok 13", "mkdir: ok 0", "open: ok 0",
               "abstract: ok 0", "comm: ok 0", "open: fail EACCES"],
    "granted": ["sethostname: ok 0", "tun: ok 0", "mount-from: fail ENOENT",
                "mount-from: fail ENODEV", "mount-from: fail EINVAL",
                "mkdir: ok 0", "mount-from: fail EACCES"]}

ENDS = {	# exit code and signal, so that each canary has met its fate
    "writes": (0, 0), "dumps": (139, 11), "program": (139, 11),
    "hungry": (137, 9), "filtered": (0, 0), "bare": (0, 0), "granted": (0, 0),
    "missing": (-1, 0), "nobody": (-1, 0), "filed": (139, 11)}


def boot():
    save = open(harness.temporary("otlp.jsonl"), "w+", encoding="utf-8")
    own = open(harness.temporary("own.jsonl"), "w+", encoding="utf-8")
    guest = harness.boot(
        tasks=tasks(), store=layout(), capture=harness.temporary("net.pcap"),
        save=save, customer=collector.Collector(save=own),
        instance={"privilegedCapabilities": ["SYS_ADMIN", "NET_ADMIN"],
                  "scaleInAfter": -1}, more=CONFIDED)
    return guest, save, own


booted = harness.shared(boot)


def guest():
    """The guest, off, after every container but the last has ended."""
    machine = booted()[0]
    for name, (code, signal) in ENDS.items():
        machine.record("container.state", container=name, state="STOPPED",
                       exit_code=code, signal=signal,
                       timeout=2 * harness.TIMEOUT_S)
    if not machine.is_off:
        machine.power_button()
    machine.wait_off()
    return machine


def received(file):
    """All that a collector got, once as bytes of JSON and once as text."""
    file.seek(0)
    lines = file.read().splitlines()
    return "\n".join(lines + [json.dumps(json.loads(line), ensure_ascii=False)
                              for line in lines]).encode("utf-8", "replace")


def ports():
    return {guest().collector.port, guest().customer.port}


def test_every_canary_was_let_out():
    machine = guest()
    for name, deeds in DEEDS.items():
        said = [text for text in machine.texts(name) if ": " in text]
        assert said == deeds, (name, said)
    for name in ("denial", "container.oom", "seccomp.kill"):
        machine.record(name)


def test_the_search_finds_a_canary_in_every_form():
    assert len(WORDS) == len(set(WORDS.values()))
    word = WORDS["stdout"]
    for data in (word.encode(), word.upper().encode(),
                 word[::-1].encode(), word.encode().hex().encode(),
                 word.encode("utf-16-le"), word.encode("utf-16-be"),
                 *(base64.b64encode(b"x" * n + word.encode() + b"y" * 5)
                   for n in range(6))):
        assert places_in(b"a" + data + b"z") == {"stdout"}, data


def test_no_canary_reaches_the_operator():
    guest()
    _, save, _ = booted()
    assert len(received(save)) > 10000
    assert places_in(received(save)) == set()


def test_the_console_tells_no_canary():
    console = guest().console
    assert "power off after drain" in console
    assert places_in(console.encode()) == set()


def test_the_customer_gets_what_was_written_and_what_the_house_tells_him():
    guest()
    assert places_in(received(booted()[2])) == {*STDOUT, *TOLD}


def test_canaries_travel_to_the_customer_alone():
    machine = guest()
    streams = pcap.streams(machine.machine.capture)
    assert sum(map(len, streams.values())) > 10000
    for (_, _, address, port), data in streams.items():
        if (address, port) != (qemu.HOST_ADDRESS, machine.customer.port):
            assert places_in(data) == set(), (address, port)
    for frame in pcap.frames(machine.machine.capture):
        if frame.protocol != "TCP":
            assert places_in(frame.payload) == set(), frame


def test_no_packet_goes_where_nobody_sent_it():
    machine = guest()
    own = qemu.GUEST_ADDRESS.split("/")[0]
    sent = {f.kind(ports()) for f in pcap.frames(machine.machine.capture)
            if f.source == OWN_CARD}
    assert sent == {
        # The link address of the gateway: asked for, and the own one told.
        f"ARP {qemu.HOST_ADDRESS}",
        # Both collectors.
        *(f"TCP {own} {qemu.HOST_ADDRESS}:{port}" for port in ports())}, sent


def test_with_ipv6_it_asks_for_the_gateway_and_joins_its_own_group():
    """No address of its own making, no router asked, none believed."""
    server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    port = server.getsockname()[1]
    capture = harness.temporary("net6.pcap")
    machine = harness.boot(
        tasks=[task("t", harness.probe("c", "pause", stopTimeout=2))],
        capture=capture, instance={
            "network": {"address": "fec0::15/64", "gateway": "fec0::2"},
            "telemetry": {"endpoint": f"http://[fec0::2]:{port}"}})
    server.settimeout(2 * harness.TIMEOUT_S)
    connection, _ = server.accept()
    assert connection.recv(4096).startswith(b"POST /v1/")
    connection.close()
    server.close()
    machine.power_button()
    machine.wait_off()
    sent = {f.kind({port}) for f in pcap.frames(capture)
            if f.source == OWN_CARD}
    sent.discard("ICMPv6 fec0::2")	# the own link address, if it asks
    assert sent == {
        "MLD ff02::16",			# the group that its address belongs to
        "ICMPv6 ff02::1:ff00:2",	# the gateway's link address
        f"TCP fec0::15 fec0::2:{port}"}
