"""The policy at work: each thing that it forbids is tried and refused.

The saboteur of the test image goes through denials.list. It has all
capabilities, no namespaces, no list of system calls but init's, and stands in
for every process of the house and for tasks of every type: what refuses it is
SELinux alone, with the policy that ships.
"""

import re
from fnmatch import fnmatchcase as fnmatch

import harness
from denials import ROWS
from harness import BUILD, probe, task

# What each thing is called, the first pattern counts. A row that nothing has
# matched is an error, as is a thing that no row matches.
LABELS = [
    ("/", "root_t"), ("/tmp", "root_t"), ("/usr", "root_t"), ("/var", "root_t"),
    ("/data", "data_t"), ("/data/volumes", "data_t"), ("/data/staging", "data_t"),
    ("/data/layers", "layer_t"), ("/data/layers/sha256-*", "layer_t"),
    ("/data/mapped", "layer_t"), ("/data/mapped/sha256-*", "layer_t"),
    ("/run", "run_t"),
    ("/usr/lib/modules/*", "root_t"),
    ("/usr/lib/cloister/format", "format_exec_t"),
    ("/usr/lib/cloister/init", "init_exec_t"),
    ("/usr/lib/cloister/courier", "courier_exec_t"),
    ("/usr/lib/cloister/intake", "intake_exec_t"),
    ("/usr/lib/cloister/runtime", "runtime_exec_t"),
    ("/usr/lib/cloister/uplink", "uplink_exec_t"),
    ("/usr/lib/cloister/metadata", "metadata_exec_t"),
    ("/usr/lib/cloister/reaper", "reaper_exec_t"),
    ("/usr/lib/cloister/policy.bin", "policy_t"),
    ("/usr/lib/cloister/version", "root_t"),
    ("/usr/lib/cloister/modules.list", "root_t"),
    ("/usr/lib/cloister/trust", "trust_t"),
    ("/usr/lib/cloister/*.list", "root_t"),	# the test image's
    ("/usr/lib/cloister/saboteur", "init_exec_t"),
    ("/usr/lib/cloister/impostor", "impostor_exec_t"),
    ("/usr/lib/cloister/probe.init", "init_exec_t"),
    ("/usr/lib/cloister/probe.*", "{word}_exec_t"),

    ("/dev/null", "null_device_t"), ("/dev/zero", "null_device_t"),
    ("/dev/full", "null_device_t"),
    ("/dev/random", "random_device_t"), ("/dev/urandom", "random_device_t"),
    ("/dev/console", "console_t"), ("/dev/kmsg", "kmsg_t"),
    ("/dev/watchdog", "watchdog_t"), ("/dev/mapper/control", "dm_control_t"),
    ("/dev/vdb", "store_t"),
    ("/dev", "device_t"), ("/dev/*", "device_t"),	# which nobody opens

    ("/proc", "proc_t"), ("/proc/net", "proc_net_t"),
    ("/proc/sysvipc", "proc_t"), ("/proc/sys", "sysctl_t"),
    ("/proc/kallsyms", "kallsyms_t"), ("/proc/kmsg", "kmsg_t"),
    *((f"/proc/{name}", "proc_secret_t") for name in (
        "kcore", "iomem", "ioports", "keys", "key-users", "vmallocinfo",
        "slabinfo", "kpage*", "modules", "timer_list")),
    *((f"/proc/{name}", "proc_control_t") for name in (
        "sysrq-trigger", "acpi", "irq", "bus", "fs", "mtrr", "dynamic_debug")),
    ("/proc/*", "proc_t"),

    ("/sys/fs/cgroup", "cgroup_t"),
    ("/sys/fs/cgroup/host", "cgroup_house_t"),
    ("/sys/fs/cgroup/tasks", "cgroup_task_t"),
    ("/sys/fs/cgroup/host/cgroup.procs", "cgroup_house_t"),
    ("/sys/fs/cgroup/tasks/cgroup.procs", "cgroup_task_t"),
    ("/sys/fs/cgroup/*", "cgroup_t"),
    ("/sys/fs/bpf", "bpf_t"),
    ("/sys/fs/selinux/null", "null_device_t"),
    ("/sys/fs/selinux", "selinux_t"), ("/sys/fs/selinux/*", "selinux_t"),
    ("/sys/kernel/security", "security_t"),
    ("/sys/kernel/security/*", "security_t"),
    ("/sys/firmware", "firmware_t"), ("/sys/devices/virtual/dmi", "firmware_t"),
    ("/sys/power", "sysfs_control_t"),
    ("/sys/module", "proc_secret_t"),
    *((f"/sys/kernel/{name}", "proc_secret_t") for name in (
        "vmcoreinfo", "slab", "boot_params")),
    ("/sys", "sysfs_t"), ("/sys/*", "sysfs_t"),
]

# The same inside a container, where it looks by itself.
WAIT = "catch 15 0 -- pause".split()
LOOKS = ("process-label 1 -- file-label / -- labels / -- labels /dev -- "
         "file-label /dev/pts -- file-label /sys/fs/cgroup -- "
         "file-label /proc/sys -- file-label /proc/self").split()
INSIDE = [
    ("/proc", "proc_t"), ("/proc/sys", "sysctl_t"), ("/proc/self", "proc_t"),
    ("/sys", "sysfs_t"), ("/sys/fs/cgroup", "cgroup_task_t"),
    ("/dev/mqueue", "mqueue_t"),
    ("/", "task_file_t"), ("/*", "task_file_t"),	# with its categories
]

machine = harness.shared(lambda: harness.boot(
    build=BUILD / "saboteur-image", tasks=[
        task("own", probe("own", *LOOKS, "--", *WAIT)),
        task("host", probe("host", *WAIT), networkMode="host")]))


def console():
    guest = machine()
    guest.line("^saboteur: done", 4 * harness.TIMEOUT_S)
    return guest.console


def said(name):
    """[(row, line)] of one of the saboteur's lists."""
    return re.findall(rf"^saboteur: {name} (\d+): (.*?)\r?$", console(), re.M)


def answers():
    """{row: its last line, after the verb and its words}"""
    return {int(number): line.partition(": ")[2].strip()
            for number, line in said("denials")}


def labels(lines):
    """{path: label} of what `file-label` and `labels` said."""
    found = {}
    for line in lines:
        match = re.match(r"(?:file-label|labels) /?(/.*): (?:ok )?(.*)", line)
        if match and not match[2].startswith("fail"):
            found[match[1]] = match[2]
    return found


def wrong_labels(found, table, label="system_u:object_r:{}:s0"):
    unused, bad = dict(table), []
    for path, seen in found.items():
        pattern, name = next((row for row in table if fnmatch(path, row[0])),
                             (None, "missing_t"))
        unused.pop(pattern, None)
        name = name.format(word=path.rpartition(".")[2])
        if seen != label.format(name):
            bad.append(f"{path}: {seen}, wanted {name}")
    return bad + [f"nothing is {pattern}" for pattern in unused]


def is_recorded(row, records):
    source, target, kind, permission = row.denial

    def type_of(label):
        return label.split(":")[2]
    return any(type_of(r["source"]) == source and type_of(r["target"]) == target
               and r["class"] == kind and permission in r["permission"].split()
               and r["permissive"] == 0 for r in records)


def test_every_forbidden_attempt_is_answered_as_the_list_says():
    found = answers()
    wrong = [f"{row.number}: {row.domain}: {row.verbs}: "
             f"{found.get(row.number)!r}, wanted {row.answer!r}"
             for row in ROWS if found.get(row.number) != row.answer]
    assert not wrong, "\n".join(wrong)


def test_every_denial_arrives_as_a_record():
    guest = machine()
    console()

    def missing():
        records = [r.values for r in guest.records
                   if r.name == "cloister.denial"]
        return [row for row in ROWS
                if row.denial and not is_recorded(row, records)]
    try:
        guest.wait_for(lambda g: not missing(), what="every denial")
    except AssertionError:
        raise AssertionError("\n".join(
            f"{row.number}: {' '.join(row.denial)}" for row in missing()))


def test_nobody_ever_met_anything_without_a_label():
    console()
    assert not [r.values for r in machine().records
                if r.name == "cloister.denial"
                and ":unlabeled_t:" in r.values["target"]]


def test_each_file_mount_and_device_has_the_label_of_the_table():
    wrong = wrong_labels(labels(line for _, line in said("labels")), LABELS)
    assert not wrong, "\n".join(wrong)


def test_each_process_has_the_label_of_the_table():
    every = "s0-s0:c0.c1023"
    found = [line.rpartition(": ok system_u:system_r:")[2]
             for _, line in said("labels") if line.startswith("process-label")]
    assert found[:4] == [f"init_t:{every}", "uplink_t:s0",
                         f"runtime_t:{every}", "metadata_t:s0"], found
    own, host = found[4:]
    assert re.fullmatch(r"task_t:s0:c\d+,c\d+", own), own
    assert re.fullmatch(r"task_host_t:s0:c\d+,c\d+", host), host
    assert own.split(":s0:")[1] != host.split(":s0:")[1]


def test_a_container_is_made_of_things_with_its_own_categories():
    guest = machine()
    guest.log("^pause: ", "own")
    texts = guest.texts("own")
    process = guest.result("process-label 1", "own")
    match = re.fullmatch(r"ok system_u:system_r:task_t:(s0:c\d+,c\d+)", process)
    own = {path: label for path, label in labels(texts).items()
           if ":task_file_t:" in label}
    rest = {path: label for path, label in labels(texts).items()
            if path not in own}
    table = [row for row in INSIDE if row[1] != "task_file_t"]
    assert {"/", "/dev", "/dev/null", "/dev/shm", "/probe"} <= set(own), own
    assert not wrong_labels(own, [("/*", "task_file_t")],
                            "system_u:object_r:{}:" + match[1])
    assert not wrong_labels(rest, table), wrong_labels(rest, table)


def test_the_machine_outlives_all_attempts():
    guest = machine()
    console()
    assert not [r for r in guest.records if r.name == "cloister.service.ended"
                and r.values["service"] in ("uplink", "runtime")]
    guest.power_button()
    assert "init: power off after drain" in guest.wait_off()
