"""The hardware watchdog: the last resort against a machine that hangs."""

import socket
import time

import harness
import qemu
from harness import probe, task

JUMP_TO_ITSELF = b"\xeb\xfe"


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


def hang(machine):
    """Makes the kernel's idle loop, where the processor rests, endless."""
    debugger = Debugger(machine)
    rip = int.from_bytes(bytes.fromhex(
        debugger.ask(b"g").decode())[128:136], "little")
    assert rip >> 63, f"in user space at {rip:x}"
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
