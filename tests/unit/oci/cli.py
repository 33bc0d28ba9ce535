"""What the tests of the command line share: bundles, and proof that nothing
is left of them.

A test file registers its claims with @case and calls main(). Each claim runs
in a private mount namespace with a Box of its own, once with the program that
ships and once with the one that the sanitizers watch. Prints TAP.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
PROGRAMS = {"ships": BUILD / "cloister", "watched": BUILD / "asan" / "cloister"}
PROBE = BUILD / "musl" / "oci_probe"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
INSIDE = "CLOISTER_TEST_INSIDE"
PATIENCE_S = 60
PR_SET_CHILD_SUBREAPER = 36

cases = []


class Failure(Exception):
    """A claim that is not so."""


def case(function):
    """Registers a test; its name is the claim."""
    cases.append(function)
    return function


def expect(is_so, *what):
    if not is_so:
        raise Failure(" ".join(str(w) for w in what))


def same(wanted, found, *what):
    expect(wanted == found, *what, f"wanted {wanted!r}, found {found!r}")


def holds(part, text):
    expect(part in text, f"{part!r} is not in {text!r}")


def until(condition, what):
    """Waits for an event that has no descriptor."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        expect(time.monotonic() < end, "waited in vain for", what)
        time.sleep(0.005)


def reap():
    """Takes orphans, which come to us as their subreaper."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def processes():
    """Ours and all that came of us, by pid: (parent, state, name)."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid, name = head.split("(", maxsplit=1)
        state, parent = rest.split()[:2]
        found[int(pid)] = (int(parent), state, name)
    ours = {os.getpid()}
    while True:
        more = {p for p, facts in found.items() if facts[0] in ours} - ours
        if not more:
            return {pid: found[pid] for pid in sorted(ours)}
        ours |= more


def waiting():
    """Which of our processes waits where, for a report of one that hangs."""
    lines = []
    for pid, (parent, state, name) in processes().items():
        where = []
        for file in ("wchan", "syscall"):
            try:
                where.append(pathlib.Path(f"/proc/{pid}/{file}").read_text())
            except OSError as problem:
                where.append(str(problem.strerror))
        lines.append(f"{pid} of {parent} {state} {name}: "
                     f"{' '.join(where).strip()}")
    return "\n".join(lines)


def end_all():
    """Kills what waits for ever: no test leaves it behind."""
    for pid in processes():
        if pid != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def cgroups():
    """Those that the tests of this process may have made."""
    return sorted(str(p) for pattern in (f"cloister-cli-{os.getpid()}*",
                                         "cloister-box*")
                  for p in CGROUPS.glob(pattern))


def mounts():
    return sorted(line.split(" ", 2)[2] for line in
                  pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


class Box:
    """A bundle, a state directory, and the program under test."""

    def __init__(self, program):
        self.program = str(program)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloister-cli-"))
        self.bundle = self.folder / "bundle"
        self.state = self.folder / "state"
        self.rootfs = self.bundle / "rootfs"
        (self.rootfs / "bin").mkdir(parents=True)
        shutil.copy(PROBE, self.rootfs / "bin" / "probe")
        self.id = "box"
        self.cgroup = f"cloister-cli-{os.getpid()}/box"
        self.config = {
            "ociVersion": "1.3.0",
            "process": {
                "args": ["probe", "wait"], "env": ["PATH=/bin"], "cwd": "/",
                "user": {"uid": 0, "gid": 0}},
            "root": {"path": "rootfs"},
            "hostname": "box",
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
                {"destination": "/dev/pts", "type": "devpts",
                 "source": "devpts",
                 "options": ["newinstance", "ptmxmode=0666", "mode=0620"]}],
            "linux": {
                "cgroupsPath": "/" + self.cgroup,
                "namespaces": [{"type": t} for t in (
                    "pid", "mount", "ipc", "uts", "network", "cgroup")]}}
        self.before = (cgroups(), mounts())

    def cgroup_path(self):
        return CGROUPS / self.cgroup

    def write(self):
        (self.bundle / "config.json").write_text(json.dumps(self.config))

    def args(self, *words):
        self.config["process"]["args"] = ["probe", *words]

    def line(self, *words):
        return [self.program, "--root", str(self.state), *map(str, words)]

    def run(self, *words, **options):
        """A command that may fail."""
        self.write()
        options.setdefault("timeout", PATIENCE_S)
        if "stdin" not in options and "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(self.line(*words), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              **options)

    def ok(self, *words, **options):
        """A command that must not fail; returns what it printed."""
        done = self.run(*words, **options)
        expect(done.returncode == 0, words, done.returncode, done.stderr)
        return done.stdout

    def no(self, part, *words, code=1, **options):
        """A command that must fail, and say so."""
        done = self.run(*words, **options)
        same(code, done.returncode, words, done.stdout, done.stderr)
        holds(part, done.stderr)
        return done

    def create(self, *more, **options):
        """A container keeps the streams that it is given: not our pipes."""
        self.write()
        log = self.folder / "output"
        with open(log, "ab") as out, open(self.folder / "errors", "wb") as err:
            done = subprocess.run(
                self.line("create", "--bundle", self.bundle, *more, self.id),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, check=False,
                timeout=PATIENCE_S, **options)
        same(0, done.returncode, (self.folder / "errors").read_text())

    def start(self):
        """Created, started, and its program has begun to wait."""
        self.create()
        self.ok("start", self.id)
        until(lambda: "waiting" in self.output(), "the program")

    def output(self):
        return (self.folder / "output").read_text()

    def info(self):
        return json.loads(self.ok("state", self.id))

    def status(self):
        return self.info()["status"]

    def kill(self):
        self.ok("kill", self.id, "KILL")
        until(lambda: self.status() == "stopped", "the end")

    def end(self):
        """What every claim says as well: nothing is left."""
        self.run("delete", "--force", self.id)
        left = list(self.state.iterdir()) if self.state.exists() else []
        same([], left, "state is left:")
        same(False, (CGROUPS / self.cgroup).exists(), "a cgroup is left:")
        self.remove_parent()
        same(self.before[0], cgroups(), "cgroups are left:")
        same(self.before[1], mounts(), "mounts are left:")
        reap()

    def remove_parent(self):
        """Made for the container; as with other runtimes it stays."""
        parent = CGROUPS / self.cgroup.split("/", maxsplit=1)[0]
        if parent.exists():
            parent.rmdir()

    def close(self):
        if not (CGROUPS / self.cgroup).exists():
            self.remove_parent()
        shutil.rmtree(self.folder, ignore_errors=True)


def enter():
    """Our own mounts and, where the host has none there, cgroup2."""
    if os.environ.get(INSIDE) != "1":
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private",
                              sys.executable, *sys.argv])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if not (CGROUPS / "cgroup.controllers").exists():
        subprocess.run(["mount", "-t", "cgroup2", "none", str(CGROUPS)],
                       check=True)
    folder = tempfile.mkdtemp(prefix="cloister-cli-")
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    tempfile.tempdir = folder
    return folder


def leave(folder):
    subprocess.run(["umount", "-l", folder], check=True)
    os.rmdir(folder)


def attempt(function, program):
    box = Box(program)
    try:
        function(box)
        box.end()
        return None
    except (Failure, OSError, subprocess.SubprocessError, ValueError):
        return traceback.format_exc()
    finally:
        subprocess.run(box.line("delete", "--force", box.id), check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        reap()
        box.close()


def main(name, kinds=tuple(PROGRAMS)):
    if os.geteuid() != 0:
        print("1..1\nok 1 # SKIP needs root")
        return
    folder = enter()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    print(f"TAP version 13\n1..{len(cases) * len(kinds)}")
    number = 0
    for kind in kinds:
        for function in cases:
            number += 1
            problem = attempt(function, PROGRAMS[kind])
            for line in (problem or "").splitlines():
                print("#", line)
            print("not ok" if problem else "ok", number,
                  f"{name}.{function.__name__} ({kind})", flush=True)
    leave(folder)
