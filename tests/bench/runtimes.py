"""The runtimes of the bench: how each starts the same container.

A runtime has a name, the command that runs the container from start to exit,
and the command that leaves one alive, with "@" where a name of its own goes.
None stands for what a runtime cannot do.
"""

import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/workbench"), str(ROOT / "tests/bench")]

import workbench

BUILD = workbench.BUILD
BEGAN_S = time.monotonic()
LIMIT_S = 3 * 3600		# of all jobs together
PROGRAMS = ("bench_describe", "bench_floor", "bench_engine", "bench_race",
            "bench_nothing", "cloister")
ROOTFS = "/job/rootfs"
BUNDLE, WAITING = "/job/bundle", "/job/waiting"

# Every script begins with this. The root has what images have.
PREPARE = f"""
set -e
mkdir -p {BUNDLE} {WAITING} {ROOTFS}/bin {ROOTFS}/etc {ROOTFS}/proc \\
	{ROOTFS}/sys {ROOTFS}/dev
cp bench_nothing {ROOTFS}/nothing
./bench_describe config {ROOTFS} >{BUNDLE}/config.json
./bench_describe config {ROOTFS} wait >{WAITING}/config.json
"""

# bubblewrap makes no cgroup, no device program, no masks, no seccomp of its
# own: it does less.
BUBBLEWRAP = (
    f"/usr/bin/bwrap --bind {ROOTFS} / --proc /proc --dev /dev "
    "--mqueue /dev/mqueue --unshare-pid --unshare-net --unshare-ipc "
    "--unshare-uts --unshare-cgroup --hostname bench --cap-drop ALL "
    "--as-pid-1 -- /nothing")


class Runtime:
    def __init__(self, name, run, alive):
        self.name = name
        self.run = run
        self.alive = alive


def of_oci(name, program):
    return Runtime(name, f"{program} run -b {BUNDLE} {name}@",
                   f"{program} run -d -b {WAITING} {name}@")


FLOOR = Runtime("floor", f"/job/bench_floor run {ROOTFS}",
                f"/job/bench_floor start {ROOTFS}")
ENGINE = Runtime("engine", f"/job/bench_engine self {ROOTFS}",
                 f"/job/bench_engine alive {ROOTFS} %d")
CLOISTER = of_oci("cloister", "/job/cloister")
RUNTIMES = [
    FLOOR,
    ENGINE,
    CLOISTER,
    of_oci("crun", "/usr/bin/crun"),
    of_oci("runc", "/usr/bin/runc"),
    Runtime("bwrap", BUBBLEWRAP, None),
]


def job(script, **more):
    """Runs a script in the workbench on the counted clock."""
    left_s = BEGAN_S + LIMIT_S - time.monotonic()
    files = {name: BUILD / name for name in PROGRAMS}
    result = workbench.run(PREPARE + script, files=files, counted=True,
                           timeout=max(left_s, 1), **more)
    if result.status:
        sys.exit(f"bench: the job failed\n{result.output[-3000:]}"
                 f"{result.console[-2000:]}")
    return result.output
