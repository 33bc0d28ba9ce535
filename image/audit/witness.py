# SPDX-License-Identifier: MIT
"""Boots the shipping image with a small document and keeps what leaves it."""

import dataclasses
import json
import pathlib
import secrets
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import collector as collector_module
import qemu
import sign

TIMEOUT_S = 300


class Silent(Exception):
    """The machine did not boot, run and go off."""


@dataclasses.dataclass
class Statement:
    """All that a collector has of one boot."""
    canary: str		# what the task has in its environment and prints
    records: list
    logs: list
    metrics: list
    requests: list	# (path, status)
    errors: list	# requests that were not OTLP
    console: str
    has_gone_off: bool


def _document(canary, endpoint):
    text = (HERE / "instance.json").read_text(encoding="utf-8")
    value = json.loads(text.replace("@canary", canary))
    value["instance"]["telemetry"]["endpoint"] = endpoint
    return sign.sign(json.dumps(value).encode())


def testify(build, store):
    """Boots, waits until the machine has gone off; gives the Statement."""
    canary = "canary-" + secrets.token_hex(8)
    receiver = collector_module.Collector().start()
    with tempfile.NamedTemporaryFile(prefix="cloister-audit-") as document:
        document.write(_document(canary, receiver.endpoint))
        document.flush()
        machine = qemu.Machine(build, document.name, store)
        process = machine.start()
        timer = threading.Timer(TIMEOUT_S, process.kill)
        timer.start()
        try:
            console = process.stdout.read().decode("utf-8", "replace")
            status = process.wait()
        finally:
            timer.cancel()
            machine.close()
            receiver.stop()
    if status != 0 or not receiver.records:
        raise Silent(f"QEMU ended with {status}, {len(receiver.records)} "
                     f"records; the console:\n{console[-2000:]}")
    return Statement(canary, receiver.records, receiver.logs,
                     receiver.metrics, receiver.requests, receiver.errors,
                     console, "init: power off after drain" in console)
