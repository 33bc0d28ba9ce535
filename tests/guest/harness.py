"""Boots the shipping image and looks at it from outside.

    import harness
    from harness import container, probe, task

    def test_a_task_says_hello():
        guest = harness.boot(tasks=[task("t", probe("c", "say", "hello"))])
        guest.log("hello")
        guest.wait_off()

A test is a function whose name starts with test_ and is a claim; it fails by
raising. Guests that a test boots are ended after it; one that several tests
of a module look at is made with shared(). Every wait is driven by events
(a console line, a request to the collector, the end of QEMU), has a bound,
and fails at once when the guest is off.
"""

import copy
import json
import os
import pathlib
import re
import struct
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "image"), str(ROOT / "tests/guest")]

import collector as collector_module
import qemu
import sign
from gpt import partition

BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
STORE = BUILD / "guest/store.tar"
TIMEOUT_S = 60		# of one wait; the slowest machine boots in 15

RESERVED_MIB = 8	# of each container's memory

_guests = []		# of the running test
_shared = []		# of the running module


# ------------------------------------------------------------- documents

def container(name, image, *command, **fields):
    """A container definition; `fields` are ECS's own. It reserves little, so
    that many of them fit into a small machine."""
    out = {"name": name, "image": image, "memory": 64, **fields}
    if out["memory"] > RESERVED_MIB:
        out.setdefault("memoryReservation", RESERVED_MIB)
    if command:
        out["command"] = list(command)
    return out


def probe(name, *command, **fields):
    """A container of the probe image; its command is probe's verbs."""
    return container(name, "probe:test", *command, **fields)


def task(family, *containers, count=1, **fields):
    """One entry of the document's tasks."""
    return {"count": count, "taskDefinition": {
        "family": family, "networkMode": "awsvpc",
        "containerDefinitions": list(containers), **fields}}


def whole_document(tasks, endpoint="", logs_endpoint="", **instance):
    """An instance document with these tasks, as Python values."""
    settings = {
        "id": "test",
        "placement": "multi",
        "scaleInAfter": 0,
        "network": {"address": qemu.GUEST_ADDRESS,
                    "gateway": qemu.HOST_ADDRESS},
    }
    if endpoint:
        settings["telemetry"] = {"endpoint": endpoint}
    if logs_endpoint:
        settings["telemetry"]["logsEndpoint"] = logs_endpoint
    settings.update(instance)
    return {"schemaVersion": 1, "instance": settings, "tasks": tasks}


# ----------------------------------------------------------------- disks

def changed_disk(changes, source=None):
    """A copy of the disk with {offset: xor mask}; the test removes it not."""
    data = bytearray(pathlib.Path(source or BUILD / "image/cloister.raw")
                     .read_bytes())
    for offset, mask in changes.items():
        data[offset] ^= mask
    path = temporary("disk.raw")
    path.write_bytes(data)
    return path


def temporary(name):
    """A path of this name that is removed at the end of the run."""
    return pathlib.Path(tempfile.mkdtemp(dir=_scratch.name)) / name


_scratch = tempfile.TemporaryDirectory(prefix="cloister-test-")


# ----------------------------------------------------------------- guest

class Guest:
    """One booted machine with its own collector.

    console            what the serial console said so far
    records, logs, metrics   what the collector received (otlp.py)
    collector          stop(), start(), answer(), hang(), requests, errors
    customer           the collector of what tasks write; mostly the same
    """

    def __init__(self, machine, collector, customer=None):
        self.machine = machine
        self.collector = collector
        self.customer = customer or collector
        self.changed = collector.changed	# one condition for all events
        self.console = ""
        self.is_off = False
        process = machine.start()
        self._reader = threading.Thread(target=self._read,
                                        args=(process.stdout,), daemon=True)
        self._reader.start()

    records = property(lambda self: self.collector.records)
    logs = property(lambda self: self.customer.logs)
    metrics = property(lambda self: self.collector.metrics)

    def _read(self, stream):
        while data := stream.read1(65536):
            with self.changed:
                self.console += data.decode("utf-8", "replace")
                self.changed.notify_all()
        self.machine.process.wait()
        with self.changed:
            self.is_off = True
            self.changed.notify_all()

    def wait_for(self, predicate, timeout=TIMEOUT_S, what="the condition"):
        """Waits until predicate(self) is true and gives its value."""
        with self.changed:
            found = self.changed.wait_for(
                lambda: predicate(self) or self.is_off, timeout)
            value = predicate(self)
        if not value:
            why = "the guest is off" if found else f"{timeout} s passed"
            raise AssertionError(f"{why}, and {what} did not come")
        return value

    def line(self, pattern, timeout=TIMEOUT_S):
        """Waits for a console line; gives the match."""
        return self.wait_for(lambda g: re.search(pattern, g.console, re.M),
                             timeout, f"console line /{pattern}/")

    def record(self, name, timeout=TIMEOUT_S, **values):
        """Waits for a record of that name with (at least) these values."""
        def match(record):
            return record.name in (name, f"cloister.{name}") and \
                all(record.values.get(k) == v for k, v in values.items())
        return self.wait_for(
            lambda g: next(filter(match, g.records), None), timeout,
            f"record {name} {values}")

    def log(self, pattern, container=None, timeout=TIMEOUT_S):
        """Waits for a line of a task; gives it."""
        def match(line):
            return container in (None, line.container) and \
                re.search(pattern, line.text)
        return self.wait_for(lambda g: next(filter(match, g.logs), None),
                             timeout, f"log line /{pattern}/")

    def texts(self, container=None):
        """The texts of a container's lines so far."""
        with self.changed:
            return [line.text for line in self.logs
                    if container in (None, line.container)]

    def result(self, verb, container=None, timeout=TIMEOUT_S):
        """What probe said of `verb` (with its words): after the colon."""
        line = self.log(f"^{re.escape(verb)}: ", container, timeout)
        return line.text[len(verb) + 2:]

    def power_button(self):
        self.machine.power_button()

    def wait_off(self, timeout=TIMEOUT_S):
        """Waits until QEMU has ended; gives the console."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.is_off, timeout):
                raise AssertionError(f"still on after {timeout} s")
        return self.console

    def close(self):
        self.machine.close()
        self._reader.join(5)
        self.collector.stop()
        self.customer.stop()

    def describe(self, lines=40):
        """What a person wants to see after a failure."""
        parts = ["-- console"] + self.console.splitlines()[-lines:]
        parts += ["-- task lines"] + list(map(str, self.logs[-lines // 2:]))
        parts += ["-- records"] + list(map(str, self.records[-lines // 2:]))
        return "\n".join(parts + self.collector.errors)


def boot(tasks=(), document=None, store=STORE, collector=True, build=BUILD,
         instance=None, more=None, signing=None, customer=None, save=None, **machine):
    """Boots a guest.

    tasks      entries of task(); the rest of the document is made up
    instance   fields of the document's instance part to set or replace
    more       members of the document beside its instance and tasks
    document   instead of tasks: bytes, taken as they are, or Python values
    store      OCI archive; None for no store disk
    collector  False: nobody listens at the endpoint
    customer   another Collector, not yet started, for what tasks write
    save       file for what the collector receives, as JSON lines
    signing    other arguments for sign.sign(), or a function that gets the
               document's bytes and gives what the guest gets
    machine    what qemu.Machine takes: disk, uefi, append, memory_mib, ...
    """
    receiver = collector_module.Collector(save=save).start()
    if not collector:
        receiver.stop()
    if customer:
        customer.changed = receiver.changed
        customer.start()
    if document is None:
        document = whole_document(list(tasks), receiver.endpoint,
                                  customer.endpoint if customer else "",
                                  **(instance or {}))
        document.update(more or {})
    elif isinstance(document, dict):
        document = copy.deepcopy(document)
        part = document.get("instance")
        if isinstance(part, dict) and "telemetry" not in part:
            part["telemetry"] = {"endpoint": receiver.endpoint}
    if not isinstance(document, bytes):
        document = json.dumps(document).encode()
    document = signing(document) if callable(signing) else \
        sign.sign(document, **(signing or {}))
    path = temporary("instance.json")
    path.write_bytes(document)
    guest = Guest(qemu.Machine(build, document=path, store=store, **machine),
                  receiver, customer)
    _guests.append(guest)
    return guest


def shared(make):
    """A guest for all tests of a module, booted when the first asks for it.

        machine = harness.shared(lambda: harness.boot(tasks=[...]))
        def test_x():
            assert machine().result("ids") == ...
    """
    made = []

    def get():
        if not made:
            before = len(_guests)
            made.append(make())
            _shared.extend(_guests[before:])
            del _guests[before:]
        return made[0]
    return get


def end_test():
    """Ends the guests of the test; gives what they and the shared said."""
    said = [guest.describe() for guest in _guests + _shared]
    while _guests:
        _guests.pop().close()
    return "\n".join(said)


def end_module():
    while _shared:
        _shared.pop().close()
