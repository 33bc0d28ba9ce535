"""The executor's own tests in the workbench: every controller in cgroup2, all
of root's capabilities, the kernel of the instance. Where make unit skips a
case for want of them, it must run here. The reaper's are left out: they start
hundreds of containers, and containers_test has it at work."""

import json
import pathlib
import re
import sys

import harness

sys.path.append(str(pathlib.Path(harness.ROOT, "tests/workbench")))

import workbench

TESTS = ("start", "fault", "hostile", "limits", "create", "cgroup", "enter",
         "fields", "namespaces", "joined", "mounts", "net_devices")
CASE = re.compile(r"^(not ok|ok) \d+ ([\w.]+)(.*)$", re.M)
PROGRAM = re.compile(r"^== (\w+)\n", re.M)

# The command line where limits take: what unit tests on a host without
# controllers cannot see.
COMMANDS = """
config() {
	cat >bundle/config.json <<END
{"ociVersion": "1.3.0", "root": {"path": "rootfs"},
 "process": {"args": ["probe", "$1"], "env": ["PATH=/bin"], "cwd": "/",
             "user": {"uid": 0, "gid": 0}},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
 "linux": {"cgroupsPath": "/engine/box", "resources": $2,
           "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"},
               {"type": "uts"}, {"type": "network"}, {"type": "cgroup"}]}}
END
}
mkdir -p bundle/rootfs/bin
cp musl/oci_probe bundle/rootfs/bin/probe
cgroup=/sys/fs/cgroup/engine/box
config wait "{}"
./cloister run -d -b bundle box </dev/null >/dev/null 2>&1
./cloister update --memory 64m --memory-swap 96m --pids-limit 99 \\
	--cpu-quota 50000 --cpu-period 100000 --cpuset-cpus 0 box
echo '{"cpu": {"shares": 1024}}' | ./cloister update -r - box
for file in memory.max memory.swap.max pids.max cpu.max cpuset.cpus cpu.weight
do
	echo "$file=$(cat $cgroup/$file)"
done
./cloister update --pids-limit=-1 --memory=-1 --memory-swap=-1 box
echo "lifted=$(cat $cgroup/pids.max) $(cat $cgroup/memory.max)"
echo "stats=$(./cloister events --stats box)"
mkdir $cgroup/inner
for pid in $(cat $cgroup/cgroup.procs); do
	echo $pid >$cgroup/inner/cgroup.procs
done
echo +pids >$cgroup/cgroup.subtree_control
./cloister exec box probe exit 9
echo "beside=$?"
./cloister delete -f box
echo "deleted=$? $(ls -d $cgroup 2>/dev/null)"
config hog '{"memory": {"limit": 16777216, "swap": 16777216}}'
./cloister create -b bundle box </dev/null >/dev/null 2>&1
./cloister events --interval 1h box >events &
until ls -l /proc/$!/fd | grep -q memory.events; do :; done
./cloister start box
wait $!
echo "events=$(cat events)"
./cloister delete -f box
"""

SCRIPT = COMMANDS + """
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
    files["cloister"] = workbench.BUILD / "cloister"
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


def said(word):
    """What the commands printed behind "word="."""
    return re.search(rf"^{re.escape(word)}=(.*)$", job().output, re.M)[1]


def test_update_writes_every_limit():
    wanted = {"memory.max": str(64 << 20), "memory.swap.max": str(32 << 20),
              "pids.max": "99", "cpu.max": "50000 100000", "cpuset.cpus": "0",
              "lifted": "max max"}
    assert {word: said(word) for word in wanted} == wanted, job().output
    assert 1 < int(said("cpu.weight")) < 10000, said("cpu.weight")


def test_statistics_have_what_the_cgroup_says():
    data = json.loads(said("stats"))["data"]
    assert data["pids"]["current"] == 1, data
    assert data["cpu"]["usage"]["total"] > 0, data
    assert 0 < data["memory"]["usage"]["usage"] < 64 << 20, data


def test_exec_goes_beside_the_first_process_where_the_cgroup_is_full():
    assert said("beside") == "9", job().output


def test_delete_takes_the_inner_cgroups_along():
    assert said("deleted").split() == ["0"], job().output


def test_events_tell_of_a_kill_for_lack_of_memory():
    assert json.loads(said("events")) == {"type": "oom", "id": "box"}
