#!/usr/bin/env python3
"""Runs the image in QEMU: the same machine for `make run` and every test.

The guest gets the disk as a snapshot (what it writes is gone afterwards), the
instance document through fw_cfg, the image store as a second, read-only disk
with the serial number "cloister-store", one network card on QEMU's user
network (guest 10.0.2.15/24, the host is 10.0.2.2), a watchdog, and a serial
console that nobody can type into. A reset ends QEMU.

As a program: image/qemu.py --build build --document d.json --store s.tar
"""

import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

GUEST_ADDRESS = "10.0.2.15/24"
HOST_ADDRESS = "10.0.2.2"	# what the guest calls the host's loopback
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"


# More than one thread under TCG can panic the guest's kernel while it patches
# its own text.
EMULATED = ["-accel", "tcg,thread=single", "-cpu", "max"]


def has_kvm():
    """/dev/kvm may exist and not work: the CPU must say so as well."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    if not re.search(r"^flags\s*:.*\b(vmx|svm)\b", cpu, re.MULTILINE):
        return False
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def accelerator():
    if has_kvm():
        return ["-accel", "kvm", "-cpu", "host"]
    return EMULATED


class Machine:
    """One guest: its command line, its process, its control socket.

    build     directory that holds image/ and kernel/
    document  path of the instance document, or None
    store     path of the OCI archive, or None
    disk      path of another disk image than build/image/cloister.raw
    uefi      boot the disk through firmware, not the kernel directly
    append    more kernel parameters (only without uefi)
    without   one parameter that is left out (only without uefi)
    clock     what the machine's clock says at the start, "2026-11-26T04:59:00"
    capture   path for a copy of all packets of the network card, as pcap
    counted   its time is the number of instructions, a nanosecond for each,
              and does not depend on what else the host does
    data      paths of raw data disks, which keep what is written to them
    cards     more network cards, as (MAC address, network of it): each on a
              user network of its own, 10.0.NETWORK.0/24 and fd0NETWORK::/64,
              where .2 and ::2 are the host
    forwards  ports of the machine that ports of the host's loopback lead to;
              forwarded() says which
    slots     free slots, for devices that plug() puts in later
    oem       the document comes in OEM strings of SMBIOS, not through fw_cfg
    identity  the machine's name, as EC2 gives one: the baseboard's asset tag
    """

    def __init__(self, build, document=None, store=None, disk=None,
                 uefi=False, append="", without="", identity="i-qemu", oem=False,
                 clock="utc", capture=None, counted=False, memory_mib=1024,
                 cpus=2, data=(), cards=(), slots=0,
                 forwards=()):
        self.build = pathlib.Path(build)
        self.document = document
        self.store = store
        self.disk = disk or self.build / "image/cloister.raw"
        self.uefi = uefi
        self.append = append
        self.without = without
        self.capture = capture
        self.counted = counted
        self.identity = identity
        self.oem = oem
        self.clock = clock
        self.memory_mib = memory_mib
        self.cpus = cpus
        self.data = data
        self.cards = cards
        self.slots = slots
        self.forwards = forwards
        self.dir = tempfile.mkdtemp(prefix="cloister-")
        self.process = None

    def _boot(self):
        if self.uefi:
            variables = os.path.join(self.dir, "vars.fd")
            shutil.copyfile(FIRMWARE_VARIABLES, variables)
            pflash = "if=pflash,format=raw,unit="
            return ["-drive", f"{pflash}0,readonly=on,file={FIRMWARE}",
                    "-drive", f"{pflash}1,file={variables}"]
        words = (self.build / "image/cmdline").read_text().split()
        line = " ".join(word for word in words if word != self.without)
        return ["-kernel", str(self.build / "kernel/vmlinuz"),
                "-initrd", str(self.build / "image/initramfs"),
                "-append", f"{line} {self.append}".strip()]

    def _clockwork(self):
        return [*EMULATED, "-icount", "shift=0"] if self.counted else \
            accelerator()

    @staticmethod
    def _network(number):
        return (f"user,id=net{number},net=10.0.{number}.0/24,"
                f"host=10.0.{number}.2,ipv4=on,ipv6=on,"
                f"ipv6-prefix=fd0{number}::,"
                f"ipv6-host=fd0{number}::2")

    def _oem_strings(self):
        """The document in two strings, as a long one would have to be."""
        text = base64.b64encode(pathlib.Path(self.document).read_bytes())
        out, half = ["-smbios", "type=11,value=not for cloister"], len(text) // 2
        for number, piece in enumerate((text[:half], text[half:])):
            path = pathlib.Path(self.dir, f"oem{number}")
            path.write_bytes(b"cloister.document=" + piece)
            out += ["-smbios", f"type=11,path={path}"]
        return out

    def command(self):
        out = ["qemu-system-x86_64", "-nodefaults", "-no-user-config",
               "-machine", "q35", *self._clockwork(),
               "-m", str(self.memory_mib), "-smp", str(self.cpus),
               "-display", "none", "-no-reboot", "-serial", "stdio",
               "-sandbox", "on,obsolete=deny,elevateprivileges=deny,"
               "spawn=deny,resourcecontrol=deny",
               "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off",
               *self._boot(),
               "-drive", f"if=none,id=disk,format=raw,file={self.disk},"
               "snapshot=on",
               "-device", "virtio-blk-pci,drive=disk,bootindex=1",
               "-netdev", ",".join(["user,id=net", *(
                   f"hostfwd=tcp:127.0.0.1:0-:{port}"
                   for port in self.forwards)]),
               "-device", "virtio-net-pci,netdev=net,romfile=",
               "-device", "virtio-rng-pci",
               "-device", "i6300esb", "-action", "watchdog=reset",
               "-rtc", f"base={self.clock}",
               "-smbios", f"type=2,asset={self.identity}"]
        for mac, network in self.cards:
            out += ["-netdev", self._network(network), "-device",
                    f"virtio-net-pci,netdev=net{network},romfile=,mac={mac}"]
        for slot in range(self.slots):
            out += ["-device", f"pcie-root-port,id=slot{slot},slot={slot}"]
        if self.document and self.oem:
            out += self._oem_strings()
        elif self.document:
            out += ["-fw_cfg",
                    f"name=opt/cloister/instance,file={self.document}"]
        if self.capture:
            out += ["-object", "filter-dump,id=dump,netdev=net,"
                    f"file={self.capture}"]
        if self.store:
            out += ["-drive", "if=none,id=store,format=raw,readonly=on,"
                    f"file={self.store}",
                    "-device", "virtio-blk-pci,drive=store,"
                    "serial=cloister-store"]
        for n, path in enumerate(self.data):
            out += ["-drive", f"if=none,id=data{n},format=raw,file={path}",
                    "-device", f"virtio-blk-pci,drive=data{n},"
                    f"serial=cloister-data-{n}"]
        return out

    def start(self, stdout=subprocess.PIPE, own_session=False):
        """Starts QEMU; the console is its standard output."""
        self.process = subprocess.Popen(self.command(), stdout=stdout,
                                        stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL,
                                        start_new_session=own_session)
        return self.process

    def qmp(self, *commands):
        """Says commands to QEMU's control socket, one after the other; each
        is a name, or a name and its arguments. Gives the last answer."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(f"{self.dir}/qmp")
            lines = control.makefile("rw")
            lines.readline()
            for command in ("qmp_capabilities", *commands):
                name, arguments = (command, {}) if isinstance(command, str) \
                    else command
                lines.write(json.dumps({"execute": name,
                                        "arguments": arguments}) + "\n")
                lines.flush()
                while True:
                    answer = json.loads(lines.readline())
                    if "error" in answer:
                        raise RuntimeError(f"{command}: {answer['error']}")
                    if "return" in answer:
                        break
            return answer["return"]

    def forwarded(self, port):
        """The port of the host's loopback that leads to the machine's."""
        text = self.qmp(("human-monitor-command",
                         {"command-line": "info usernet"}))
        return int(re.search(rf"HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)"
                             rf"\s+\S+\s+{port}\s", text).group(1))

    def power_button(self):
        self.qmp("system_powerdown")

    def plug(self, mac, network, slot=0):
        """Puts a network card in while the machine runs; see `cards`."""
        kind, *options = self._network(network).split(",")
        backend = dict(option.split("=") for option in options)
        backend.update(ipv4=True, ipv6=True)
        self.qmp(("netdev_add", {"type": kind, **backend}),
                 ("device_add", {"driver": "virtio-net-pci", "mac": mac,
                                 "netdev": backend["id"], "romfile": "",
                                 "id": f"card{slot}", "bus": f"slot{slot}"}))

    def close(self):
        """Ends QEMU if it still runs and removes its files."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description="Runs the image in QEMU.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--document", help="signed instance document")
    parser.add_argument("--store", help="OCI archive")
    parser.add_argument("--disk", help="another disk image")
    parser.add_argument("--uefi", action="store_true",
                        help="boot the disk through OVMF")
    parser.add_argument("--append", default="",
                        help="more kernel parameters")
    parser.add_argument("--without", default="",
                        help="a kernel parameter to leave out")
    parser.add_argument("--timeout", type=float, default=None,
                        help="seconds until QEMU is ended")
    args = vars(parser.parse_args())
    timeout = args.pop("timeout")
    machine = Machine(**args)
    try:
        return machine.start(stdout=None).wait(timeout)
    except subprocess.TimeoutExpired:
        print("qemu: timeout", file=sys.stderr)
        return 124
    finally:
        machine.close()


if __name__ == "__main__":
    sys.exit(main())
