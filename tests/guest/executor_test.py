"""The executor's own tests in the workbench: every controller in cgroup2, all
of root's capabilities, the kernel of the instance. Where make unit skips a
case for want of them, it must run here. The reaper's are left out: they start
hundreds of containers, and containers_test has it at work."""

import pathlib
import re
import sys

import harness

sys.path.append(str(pathlib.Path(harness.ROOT, "tests/workbench")))

import workbench

TESTS = ("start", "fault", "hostile", "limits", "create", "cgroup", "enter",
         "fields", "namespaces", "mounts", "net_devices")
CASE = re.compile(r"^(not ok|ok) \d+ ([\w.]+)(.*)$", re.M)
PROGRAM = re.compile(r"^== (\w+)\n", re.M)

SCRIPT = """
mount -t tracefs none /sys/kernel/tracing
mount -t bpf none /sys/fs/bpf
for name in {tests}; do
	echo "== $name"
	timeout 300 musl/oci_${{name}}_test 2>&1
done
""".format(tests=" ".join(TESTS))


def run():
    programs = [f"oci_{name}_test" for name in TESTS] + ["oci_probe"]
    files = {f"musl/{name}": workbench.BUILD / "musl" / name
             for name in programs}
    files["reaper"] = workbench.BUILD / "reaper"
    return workbench.run(SCRIPT, files=files, cpus=2)


job = harness.shared(run)


def cases():
    """{name: (verdict, rest of the line)} of each program."""
    parts = PROGRAM.split(job().output)[1:]
    return {name: {case: (verdict, rest)
                   for verdict, case, rest in CASE.findall(text)}
            for name, text in zip(parts[::2], parts[1::2])}


def test_every_program_ran_to_its_end():
    for name in TESTS:
        plan = re.search(rf"== {name}\n(?:.*\n)*?1\.\.(\d+)\n", job().output)
        assert plan, (name, job().output[-2000:])
        assert len(cases()[name]) == int(plan[1]), (name, job().output)


def test_no_case_fails():
    failed = [(name, case) for name, found in cases().items()
              for case, (verdict, _) in found.items() if verdict != "ok"]
    assert not failed, (failed, job().output)


def test_no_case_is_skipped():
    skipped = [(case, rest) for found in cases().values()
               for case, (_, rest) in found.items() if "SKIP" in rest]
    assert not skipped, skipped
