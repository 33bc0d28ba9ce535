#!/usr/bin/env python3
"""Boots the image with a document and shows what leaves the machine.

    image/run.py [--build build] --document d.json --store s.tar [--save f]

Lines: `# ` the console, `* ` records, `~ ` metrics, `family/container | ` what
tasks write. The collector takes the place that the document's telemetry
endpoint names if that is the host (10.0.2.2), on another port if that one is
taken. Ctrl-C presses the power button, a second one pulls the plug.

Ends with 0 if the machine powered itself off after a drain and every task had
started and ended before; with 1, and says why, otherwise. Where no record
comes here (another endpoint, none, or a document refused before its endpoint
was known) the console tells.
"""

import argparse
import json
import pathlib
import re
import signal
import sys
import tempfile
import threading
import time

import collector as collector_module
import qemu
import sign

REFUSED = re.compile(
    r"cloister\.document\.refused: path=(\S*) reason=(.*)")
POWER_OFF = re.compile(r"init: power off(?: after drain \((.*)\)|: .*)")
GOOD_CAUSES = ("tasks-ended", "power-button")
ENDPOINT = re.compile(rf"http://{re.escape(qemu.HOST_ADDRESS)}:(\d+)(/.*)?$")


class Output:
    """Whole lines from several threads, each with the time since the start."""

    def __init__(self):
        self.lock = threading.Lock()
        self.start = time.monotonic()

    def write(self, text):
        text = text.rstrip("\n")
        if text:
            with self.lock:
                elapsed = time.monotonic() - self.start
                sys.stdout.write(f"{elapsed:6.2f} {text}\n")
                sys.stdout.flush()

    def flush(self):
        pass


def start_collector(port, out, save):
    """A collector at `port`, or at a free one if that is taken."""
    printer = collector_module.Printer(out)
    receiver = collector_module.Collector(port, printer, save)
    try:
        return receiver.start(), printer
    except OSError:
        receiver.port = 0
        return receiver.start(), printer


def prepare(text, out, save):
    """Starts the collector that the document wants.

    Gives the document as it goes to the guest, the collector, its printer and
    whether telemetry is to come to it. What is not JSON goes as it is:
    refusing it is the guest's part.
    """
    host = f"http://{qemu.HOST_ADDRESS}"
    try:
        telemetry = json.loads(text)["instance"].get("telemetry", {})
        wanted = ENDPOINT.match(telemetry.get("endpoint", ""))
        if not wanted:
            print(f"run: $.instance.telemetry.endpoint is not {host}:PORT: "
                  "telemetry will not come here", file=out)
    except (ValueError, KeyError, TypeError, AttributeError):
        wanted = None
    port = int(wanted.group(1)) if wanted else 4318
    receiver, printer = start_collector(port, out, save)
    if wanted and receiver.port != port:
        print(f"run: port {port} is taken, using {receiver.port}", file=out)
        text = text.replace(f"{host}:{port}", f"{host}:{receiver.port}")
    return text, receiver, printer, bool(wanted)


def signed(text):
    """The bytes for the guest; what is not signed gets the known key's."""
    document = text.encode("utf-8", "surrogateescape")
    if document.startswith(b"untrusted comment:"):
        return document
    return sign.sign(document)


def show_console(stream, out):
    """Prints the console until QEMU ends; gives its lines."""
    lines = []
    for line in stream:
        text = line.decode("utf-8", "replace").rstrip()
        # Firmware and kernel may send escape sequences; a terminal is not
        # theirs to drive.
        lines.append(re.sub(r"[^\t\x20-\x7e\u00a0-\uffff]", "", text))
        print("# " + lines[-1], file=out)
    return lines


def console_verdict(console, is_here):
    """verdict() for a machine of which no record came."""
    for line in console:
        if found := REFUSED.match(line):
            return f"document refused: {found[1]} {found[2]}"
    for line in console:
        if found := POWER_OFF.match(line):
            if found[1] not in GOOD_CAUSES:
                return found[0]
            return "no record came" if is_here else None
    return "the machine went off and did not say why"


def verdict(records, status, console=(), is_here=True):
    """None if all is well, else why not. is_here: records are to come."""
    if status == 0 and not records:
        return console_verdict(console, is_here)
    by_name = {}
    for record in records:
        by_name.setdefault(record.name.removeprefix("cloister."),
                           []).append(record)
    for refused in by_name.get("document.refused", []):
        return "document refused: {path} {reason}".format(**refused.values)
    for refused in by_name.get("placement.refused", []):
        return "no room: {path}: {reason}".format(**refused.values)
    for failed in by_name.get("boot.failed", []):
        return "boot failed: {step}: {reason}".format(**failed.values)
    if status != 0:
        return f"QEMU ended with {status}"
    if "drain.ended" not in by_name:
        return "the machine went off without a drain"
    states = {r.values.get("task"): r.values.get("state")
              for r in by_name.get("task.state", [])}
    if not states:
        return "no task was run"
    for state in by_name["task.state"]:
        if state.values.get("stop_code") == "TaskFailedToStart":
            return "task {family} did not start: {reason}".format(
                **state.values)
    running = [t for t, state in states.items() if state != "STOPPED"]
    return f"tasks did not end: {' '.join(running)}" if running else None


def on_interrupt(machine, out):
    def first(*_):
        signal.signal(signal.SIGINT, lambda *_: machine.process.kill())
        print("run: power button (Ctrl-C again pulls the plug)", file=out)
        machine.power_button()
    signal.signal(signal.SIGINT, first)


def run(args, out, save):
    text = pathlib.Path(args.document).read_text(encoding="utf-8",
                                                 errors="surrogateescape")
    text, receiver, printer, is_here = prepare(text, out, save)
    with tempfile.NamedTemporaryFile() as document:
        document.write(signed(text))
        document.flush()
        machine = qemu.Machine(args.build, document.name, args.store,
                               uefi=args.uefi)
        how = "KVM" if qemu.has_kvm() else "no KVM: emulated"
        print(f"run: booting ({how}), telemetry to port {receiver.port}",
              file=out)
        # Ctrl-C is for us alone: QEMU gets a session of its own.
        process = machine.start(own_session=True)
        on_interrupt(machine, out)
        try:
            console = show_console(process.stdout, out)
            status = process.wait()
        finally:
            machine.close()
    receiver.stop()
    printer.close()
    counts = [len(receiver.logs), len(receiver.records), len(receiver.metrics)]
    why = verdict(receiver.records, status, console, is_here)
    print("run: {} task lines, {} records, {} data points".format(*counts),
          file=out)
    print(f"run: {'ended well' if why is None else 'FAILED: ' + why}", file=out)
    return 0 if why is None else 1


def main():
    parser = argparse.ArgumentParser(description="Boots and shows the image.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--document", required=True)
    parser.add_argument("--store")
    parser.add_argument("--save", help="append OTLP requests as JSON lines")
    parser.add_argument("--uefi", action="store_true")
    args = parser.parse_args()
    for path in filter(None, (args.document, args.store)):
        try:
            open(path, "rb").close()
        except OSError as error:
            sys.exit(f"run: cannot read {path}: {error.strerror}")
    save = open(args.save, "a", encoding="utf-8") if args.save else None
    return run(args, Output(), save)


if __name__ == "__main__":
    sys.exit(main())
