"""podman and containerd drive build/cloister as they drive runc and crun.

One boot of the workbench. The image holds Debian's static busybox and is made
there; nothing comes from a network.
"""

import json
import pathlib
import re
import sys

import harness

sys.path.append(str(pathlib.Path(harness.ROOT, "tests/workbench")))

import workbench

RUNTIME = "/job/cloister"
TIMEOUT_S = 900		# 30 s where nothing else runs

# A step's output and status come back under its name.
PREPARE = """
step() {
	printf '\\n== %s\\n' "$1"
	shift
	"$@" 2>&1
	printf '\\nstatus %d\\n' $?
}
mkdir -p root/bin root/etc root/proc root/sys root/dev root/tmp
cp /usr/bin/busybox root/bin/
for applet in cat hostname id sh sleep; do ln -s busybox root/bin/$applet; done
echo root:x:0:0:root:/:/bin/sh >root/etc/passwd
tar -C root -cf image.tar .
"""

PODMAN = """
podman() {
	command podman --runtime RUNTIME --cgroup-manager cgroupfs \\
		--storage-driver overlay --root /tmp/podman \\
		--runroot /run/podman "$@"
}
step podman-import podman import image.tar localhost/box:1
step podman-run podman run --rm --network none localhost/box:1 \\
	/bin/sh -c 'echo "uid $(id -u) of $(hostname | wc -c)"; exit 3'
typed() {
	echo typed | podman run --rm -i --network none localhost/box:1 /bin/cat
}
step podman-input typed
step podman-limits podman run --rm --network none --memory 64m \\
	--pids-limit 50 --cap-drop all localhost/box:1 \\
	/bin/sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max
		grep CapEff /proc/self/status'
step podman-read-only podman run --rm --network none --read-only \
	--read-only-tmpfs=false localhost/box:1 /bin/sh -c \
	'for at in / /dev /dev/shm /run /tmp /etc; do
		(echo one >$at/file) 2>/dev/null && echo "written in $at"
	done; echo kept >/dev/null && ls /dev/null /dev/ptmx'
step podman-read-only-terminal podman run --rm -t --network none --read-only \
	--read-only-tmpfs=false localhost/box:1 \
	/bin/sh -c 'test -t 0 && echo a tty >/dev/console'
step podman-missing podman run --rm --network none localhost/box:1 /bin/none
step podman-start podman run -d --name a --network none localhost/box:1 \\
	/bin/sleep 1000
step podman-exec podman exec a /bin/sh -c \\
	'cat /proc/1/cmdline | tr "\\\\0" " "; exit 5'
step podman-exec-terminal podman exec -t a /bin/sh -c 'test -t 0 && echo a tty'
step podman-pause podman pause a
step podman-paused podman ps -a --format '{{.State}}'
step podman-unpause podman unpause a
step podman-running podman ps -a --format '{{.State}}'
step podman-stats podman stats --no-stream --format '{{.PIDS}}' a
step podman-update podman update --pids-limit 77 a
step podman-updated podman exec a cat /sys/fs/cgroup/pids.max
step podman-top podman top a pid args
step podman-stop podman stop -t 1 a
step podman-stopped podman ps -a --format '{{.State}} {{.ExitCode}}'
step podman-restart podman start a
step podman-kill podman kill a
step podman-wait podman wait a
step podman-remove podman rm a
step podman-none podman ps -a -q
step podman-save podman save -q --format oci-archive -o oci.tar localhost/box:1
"""

CONTAINERD = """
mkdir -p /run/containerd
cat >containerd.toml <<END
version = 2
root = "/tmp/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/containerd/socket"
END
containerd -c containerd.toml -l error >containerd.log 2>&1 &
until [ -S /run/containerd/socket ]; do sleep 0.2; done
ctr() { command ctr -a /run/containerd/socket "$@"; }
start() { ctr run --runc-binary RUNTIME "$@"; }
step ctr-import ctr image import oci.tar
step ctr-run start --rm localhost/box:1 b /bin/sh -c 'echo uid $(id -u); exit 3'
step ctr-start start -d localhost/box:1 c /bin/sleep 1000
step ctr-running ctr task ls
step ctr-exec ctr task exec --exec-id 1 c /bin/sh -c 'echo inside; exit 5'
step ctr-pause ctr task pause c
step ctr-paused ctr task ls
step ctr-resume ctr task resume c
step ctr-resumed ctr task ls
step ctr-processes ctr task ps c
step ctr-metrics ctr task metrics --format json c
step ctr-kill ctr task kill -s KILL c
step ctr-delete ctr task delete c
step ctr-remove ctr container rm c
step ctr-none ctr container ls -q
left() {
	RUNTIME list -q
	find /run/cloister /run/containerd/runc/default -mindepth 1
	find /sys/fs/cgroup -mindepth 2 -type d | grep -v /conmon
	grep overlay /proc/self/mounts
	pgrep -a sleep
}
step left left
"""

STEP = re.compile(r"^== (\S+)\n(.*?)\nstatus (\d+)$", re.M | re.S)


def run():
    script = PREPARE + PODMAN + CONTAINERD
    result = workbench.run(script.replace("RUNTIME", RUNTIME),
                           files={"cloister": workbench.BUILD / "cloister"},
                           timeout=TIMEOUT_S)
    return {name: (text.strip(), int(status))
            for name, text, status in STEP.findall(result.output)}


steps = harness.shared(run)


def check(name, text=None, status=0):
    """The step ended so, and its output is `text` (None: whatever)."""
    said, code = steps()[name]
    assert code == status, f"{name}: {code}: {said}"
    assert text is None or said == text, f"{name}: {said}"
    return said


# ----------------------------------------------------------------- podman

def test_podman_runs_a_container_and_hears_its_exit_status():
    check("podman-import")
    check("podman-run", "uid 0 of 13", 3)


def test_podman_gives_a_container_its_input():
    check("podman-input", "typed")


def test_podman_limits_hold_in_the_container():
    said = check("podman-limits").splitlines()
    assert said[:2] == ["67108864", "50"], said
    assert re.search(r"CapEff:\s0{16}$", said[2]), said


def test_podman_runs_where_nothing_can_be_written():
    check("podman-read-only", "/dev/null\n/dev/ptmx")
    check("podman-read-only-terminal", "a tty")


def test_podman_hears_that_a_program_is_missing():
    assert "/bin/none" in check("podman-missing", status=127)


def test_podman_executes_in_a_container():
    assert len(check("podman-start")) == 64
    check("podman-exec", "/bin/sleep 1000", 5)


def test_podman_executes_on_a_terminal():
    check("podman-exec-terminal", "a tty")


def test_podman_pauses_and_resumes_a_container():
    check("podman-pause", "a")
    check("podman-paused", "paused")
    check("podman-unpause", "a")
    check("podman-running", "running")


def test_podman_counts_and_lists_processes():
    check("podman-stats", "1")
    assert check("podman-top").split()[-3:] == ["1", "/bin/sleep", "1000"]


def test_podman_changes_limits():
    check("podman-update")
    check("podman-updated", "77")


def test_podman_stops_starts_kills_and_removes_a_container():
    check("podman-stop")
    check("podman-stopped", "exited 137")
    check("podman-restart", "a")
    check("podman-kill", "a")
    check("podman-wait", "137")
    check("podman-remove", "a")
    check("podman-none", "")


# ------------------------------------------------------------- containerd

def status_of(text, task):
    return next((line.split()[-1] for line in text.splitlines()
                 if line.startswith(f"{task} ")), None)


def test_containerd_runs_a_container_and_hears_its_exit_status():
    check("ctr-import")
    check("ctr-run", "uid 0", 3)


def test_containerd_executes_in_a_container():
    check("ctr-start")
    assert status_of(check("ctr-running"), "c") == "RUNNING"
    check("ctr-exec", "inside", 5)


def test_containerd_pauses_and_resumes_a_container():
    check("ctr-pause")
    assert status_of(check("ctr-paused"), "c") == "PAUSED"
    check("ctr-resume")
    assert status_of(check("ctr-resumed"), "c") == "RUNNING"


def test_containerd_lists_processes_and_reads_metrics():
    assert len(check("ctr-processes").splitlines()) == 2
    assert json.loads(check("ctr-metrics"))["pids"]["current"] == 1


def test_containerd_kills_and_removes_a_container():
    check("ctr-kill")
    check("ctr-delete")
    check("ctr-remove")
    check("ctr-none", "")


def test_engines_leave_nothing_behind():
    check("left", "", 1)
