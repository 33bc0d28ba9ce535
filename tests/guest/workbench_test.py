"""The workbench: what tests and benches rely on when they run a job there."""

import pathlib
import sys

import harness

sys.path.append(str(pathlib.Path(harness.ROOT, "tests/workbench")))

import workbench

RUNTIMES = ("crun", "runc", "bwrap", "podman", "ctr", "strace")

SCRIPT = """
for program in {runtimes}; do
	command -v $program >/dev/null && echo has:$program
done
cat file
stat -f -c %T /sys/fs/cgroup
cat /sys/fs/cgroup/cgroup.subtree_control
exit 42
""".format(runtimes=" ".join(RUNTIMES))

job = harness.shared(
    lambda: workbench.run(SCRIPT, files={"file": b"as it was\n"}))


def test_a_job_gives_its_output_and_status():
    assert job().status == 42, job()
    assert "as it was\n" in job().output, job()


def test_other_runtimes_and_engines_are_there():
    has = [f"has:{name}" for name in RUNTIMES]
    assert [l for l in job().output.splitlines() if l.startswith("has:")] \
        == has, job()


def test_every_controller_is_for_every_cgroup():
    assert "cgroup2fs" in job().output, job()
    words = job().output.splitlines()[-1].split()
    assert {"cpu", "cpuset", "io", "memory", "pids"} <= set(words), job()


def test_a_job_that_does_not_end_is_an_error():
    try:
        workbench.run("echo o >/proc/sysrq-trigger; sleep 60")
    except AssertionError as e:
        assert "did not end" in str(e), e
    else:
        raise AssertionError("a lost job passed")
