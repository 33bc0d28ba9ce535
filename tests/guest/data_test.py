# SPDX-License-Identifier: MIT
"""The data disk: whatever lies there is noise, and gone with the machine."""

import os
import sys

import harness
from harness import BUILD, ROOT, probe, task

sys.path.insert(0, str(ROOT / "image/audit"))

import evidence

MIB = 1 << 20
CANARY = "canary-" + os.urandom(12).hex()


def disk(name, mib):
    path = harness.temporary(name)
    with open(path, "wb") as file:
        file.truncate(mib * MIB)
    return path


DISKS = [disk("data-0.raw", 512), disk("data-1.raw", 640)]

machine = harness.shared(lambda: harness.boot(
    tasks=[task("first", probe("c", "exit", "0"))], data=DISKS))


def used():
    return [path.stat().st_blocks * 512 for path in DISKS]


def test_layers_lie_on_one_file_system_over_all_data_disks():
    machine().record("boot.ready")
    chain = evidence.chain(machine().records, sealed=False)
    mount = {m["target"]: m for m in chain[0].facts["mounts"]}["/data"]
    assert mount["type"] == "ext4" and "prjquota" in mount["options"]
    assert mount["flags"].split(",")[:3] == ["rw", "nosuid", "nodev"]
    assert mount["label"] == "system_u:object_r:data_t:s0"
    machine().record("image.unpacked")
    machine().wait_off()
    assert all(used()) and sum(used()) > 170000, used()


def test_the_key_is_forgotten_before_the_power_goes():
    console = machine().wait_off()
    assert console.index("data disk: key forgotten") < \
        console.index("power off after drain")


def test_the_raw_disks_show_nothing_of_what_lay_there():
    machine().wait_off()
    program = (BUILD / "probe").read_bytes()
    middle = program[len(program) // 2:][:64]
    assert len(set(middle)) > 8
    for path in DISKS:
        data = path.read_bytes()
        assert middle not in data
        # What the file system says of itself is hidden too.
        assert b"lost+found" not in data
        assert data[1080:1082] != b"\x53\xef"


VOLUME = {"volumes": [{"name": "v", "sizeInMiB": 8}]}
MOUNTED = {"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}

writer = harness.shared(lambda: harness.boot(
    data=DISKS, tasks=[
        # Whatever it leaves behind is removed, while the other writes on.
        task("leaver", probe("leaver", "nest", "/v", "900", "--", "nest",
                             "/tmp", "300", "--", "fill", "/tmp/fill", "96",
                             "--", "sync", "--", "exit", "0", **MOUNTED),
             **VOLUME),
        task("writer", probe(
            "writer", "write", "/tmp/word", CANARY, "--", "write", "/v/word",
            CANARY, "--", "leave-quota", "/v/word", "--", "leave-quota", "/v",
            "--", "leave-quota", "/tmp/word", "--",
            "mkdir", "/v/free", "--", "disinherit", "/v/free", "--",
            "write", "/v/free/word", "text", "--", "fill", "/v/fill", "16",
            "--", "unlink", "/v/fill", "--", "fill", "/v/fill", "4", "--",
            "fill", "/tmp/fill", "24", "--", "sync", "--", "pause",
            **MOUNTED), **VOLUME)]))


def test_a_volume_on_the_disk_holds_no_more_than_its_size():
    assert writer().result("fill /v/fill 16", "writer") == "fail EDQUOT"
    assert writer().result("fill /v/fill 4", "writer") == "wrote 4"


def test_a_task_cannot_take_a_file_out_of_its_quota():
    for path in "/v/word", "/v", "/tmp/word":
        assert writer().result(f"leave-quota {path}", "writer") == \
            "fail EACCES", path


def test_nothing_is_made_outside_of_every_quota():
    assert writer().result("disinherit /v/free", "writer") == "ok 0"
    assert writer().result("write /v/free/word text", "writer") == \
        "fail EDQUOT"


def test_what_a_task_leaves_behind_is_removed_however_deep():
    guest = writer()
    assert guest.result("nest /v 900", "leaver") == "ok 0"
    assert guest.result("fill /tmp/fill 96", "leaver") == "wrote 96"
    end = guest.record("task.state", family="leaver", state="STOPPED")
    guest.wait_for(lambda g: any(
        m.value < 96 * MIB for m in g.metrics
        if m.name == "system.filesystem.usage" and m.time_ns > end.time_ns
        and m.values["system.filesystem.state"] == "used"),
        what="room on the disk")


def test_what_tasks_wrote_is_not_to_be_seen_after_a_power_cut():
    writer().log("^sync: ok", "writer")
    before = sum(used())
    writer().machine.process.kill()
    writer().wait_off()
    assert before > 28 * MIB, before
    for path in DISKS:
        assert CANARY.encode() not in path.read_bytes()


def test_the_next_boot_finds_the_disks_empty():
    writer().wait_off()
    guest = harness.boot(tasks=[task("again", probe("c", "pause"))],
                         data=DISKS)
    # It would be there already.
    guest.record("image.unpacked")
    guest.log("^pause: ")


def test_a_disk_that_is_too_small_stops_the_boot():
    guest = harness.boot(data=[disk("small.raw", 63)])
    assert "power off: data disk: data disk /dev/vdc of 129024 sectors: " \
        "Result not representable" in guest.wait_off()
