#!/usr/bin/env python3
"""Runs a script in the workbench, a Debian guest with container runtimes.

    import workbench
    result = workbench.run("crun --version", files={"config.json": b"{}"})
    assert result.status == 0, result.output

The guest has crun, runc, bubblewrap, podman, containerd and strace (see
packages.list), Debian's cloud kernel, cgroup2 at /sys/fs/cgroup with every
controller, no network, no SELinux. The script is /job/run and starts in /job,
where the files are; a script without "#!" is one of /bin/sh. What it writes
to its standard output and error comes back whole and in order. The machine
goes off when the script ends, and with it everything that it left.
"""

import dataclasses
import io
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "image")]

import qemu

BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
TIMEOUT_S = 600
ENDED = re.compile(r"^workbench: job ended with (\d+)", re.M)


@dataclasses.dataclass
class Result:
    output: str		# of the script, both streams
    status: int		# its exit status, 128 + n for signal n
    console: str	# of the kernel and of PID 1


def archive(script, files, path):
    """Writes the job: the script as "run", and the files.

    files   {name: bytes, or the path of a file or directory to copy}
    """
    if not script.startswith("#!"):
        script = "#!/bin/sh\n" + script
    with tarfile.open(path, "w") as tar:
        for name, content in {"run": script.encode(), **files}.items():
            if not isinstance(content, bytes):
                tar.add(content, name)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755
            tar.addfile(member, io.BytesIO(content))


def accelerator(counted, cpus):
    if counted:
        return ["-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1",
                "-icount", "shift=0,sleep=off"]
    return [*qemu.accelerator(), "-smp", str(cpus)]


def command(job, console, build, memory_mib, cpus, counted):
    guest = build / "workbench"
    return ["qemu-system-x86_64", "-nodefaults", "-no-user-config",
            "-machine", "q35", *accelerator(counted, cpus),
            "-m", str(memory_mib),
            "-display", "none", "-no-reboot", "-serial", f"file:{console}",
            "-kernel", str(build / "kernel/vmlinuz"),
            "-initrd", str(guest / "initramfs"),
            # A host that is busy fails the kernel's check of its timer.
            "-append", "console=ttyS0 quiet panic=-1 rdinit=/init "
            "no_timer_check",
            "-drive", "if=none,id=root,format=raw,snapshot=on,"
            f"file={(guest / 'root.ext4').resolve()}",
            "-device", "virtio-blk-pci,drive=root",
            "-drive", f"if=none,id=job,format=raw,readonly=on,file={job}",
            "-device", "virtio-blk-pci,drive=job",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-chardev", "stdio,id=output,signal=off",
            "-device", "virtserialport,chardev=output,name=output"]


def run(script, files=None, timeout=TIMEOUT_S, build=BUILD, show=None,
        memory_mib=1024, cpus=1, counted=False):
    """Boots the workbench, runs the script, gives a Result.

    show     called with each piece of output as it comes
    counted  the guest's clock counts instructions, one for a nanosecond, and
             jumps over idle time: durations do not depend on the host
    Raises AssertionError when the script did not end: the guest panicked,
    went off before, or took longer than `timeout` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="cloister-workbench-") as place:
        job, console = f"{place}/job.tar", f"{place}/console"
        archive(script, files or {}, job)
        # An input that has ended would count as an unplugged port.
        process = subprocess.Popen(
            command(job, console, build, memory_mib, cpus, counted),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        output = b""
        try:
            while data := process.stdout.read1(65536):
                output += data
                if show:
                    show(data.decode("utf-8", "replace"))
        finally:
            timer.cancel()
            process.kill()
            process.wait()
        said = pathlib.Path(console).read_text(errors="replace")
    output = output.decode("utf-8", "replace")
    ended = ENDED.search(said)
    if not ended:
        raise AssertionError(f"the job did not end\n-- output\n"
                             f"{output[-4000:]}\n-- console\n{said[-4000:]}")
    return Result(output, int(ended[1]), said)


if __name__ == "__main__":
    # For a person: tests/workbench/workbench.py 'crun --version' [FILE...]
    result = run(sys.argv[1], {os.path.basename(f): f for f in sys.argv[2:]},
                 counted=bool(os.environ.get("COUNTED")),
                 show=lambda text: print(text, end="", flush=True))
    sys.exit(result.status)
