"""The hardware watchdog: the last resort against a machine that hangs."""

import select
import socket
import time

import harness
import qemu
from harness import probe, task

JUMP_TO_ITSELF = b"\xeb\xfe"
AGREEING = 5		# looks in a row that find the processor resting
LOOKS = 500		# before the test gives up


class Debugged(qemu.Machine):
    """A machine with QEMU's debug port, and one processor to hang."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **{**named, "cpus": 1})

    def command(self):
        return [*super().command(), "-gdb",
                f"unix:{self.dir}/gdb,server=on,wait=off"]


class Debugger:
    """As much of GDB's remote protocol as the test needs."""

    def __init__(self, machine):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(f"{machine.dir}/gdb")
        self.stream = self.socket.makefile("rwb", buffering=0)

    def say(self, text):
        self.stream.write(b"$%s#%02x" % (text, sum(text) % 256))

    def answer(self):
        while self.stream.read(1) != b"$":
            pass
        answer = b""
        while (byte := self.stream.read(1)) != b"#":
            answer += byte
        self.stream.read(2)
        self.stream.write(b"+")
        return answer

    def ask(self, text):
        """The answer to `text`, after word that the machine stopped."""
        self.say(text)
        while (answer := self.answer()).startswith(b"T"):
            pass
        return answer


    def place(self):
        """Where the stopped processor is: its instruction pointer."""
        registers = bytes.fromhex(self.ask(b"g").decode())
        return int.from_bytes(registers[128:136], "little")

    def run_on(self):
        """Lets the processor run for a moment."""
        self.say(b"c")
        select.select([self.socket], [], [], 0.02)
        self.stream.write(b"\x03")


def resting_place(debugger):
    """Where the processor is found time and again: the kernel's idle loop."""
    seen = []
    while len(seen) < LOOKS:
        seen.append(debugger.place())
        if seen[-1] >> 63 and seen[-AGREEING:] == [seen[-1]] * AGREEING:
            return seen[-1]
        debugger.run_on()
    raise AssertionError(f"the processor never rests: {seen[-AGREEING:]}")


def hang(machine):
    """Makes the kernel's idle loop, where the processor rests, endless."""
    debugger = Debugger(machine)
    rip = resting_place(debugger)
    assert debugger.ask(b"M%x,2:%s" % (
        rip, JUMP_TO_ITSELF.hex().encode())) == b"OK"
    debugger.say(b"c")
    return debugger


def test_a_hung_machine_is_reset_within_the_time_of_the_watchdog():
    machine, qemu.Machine = qemu.Machine, Debugged
    try:
        guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[
            task("t", probe("c", "say", "up", "--", "pause"))])
    finally:
        qemu.Machine = machine
    guest.line(r"^init: watchdog: 60 s")
    guest.log("up", "c")
    guest.record("boot.ready")
    began = time.monotonic()
    debugger = hang(guest.machine)
    guest.wait_off(timeout=90)
    assert time.monotonic() - began > 45, "off before the watchdog's time"
    # Neither init nor the kernel had a part in it.
    assert "power off" not in guest.console
    assert "panic" not in guest.console.split("init: ready", 1)[1]
    debugger.socket.close()
