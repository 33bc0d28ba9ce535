"""The data disk: whatever lies there is noise, and gone with the machine."""

import sys

import harness
from harness import BUILD, ROOT, probe, task

sys.path.insert(0, str(ROOT / "image/audit"))

import evidence

MIB = 1 << 20


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


def test_the_next_boot_finds_them_empty_also_after_a_power_cut():
    machine().wait_off()
    for _ in range(2):
        guest = harness.boot(tasks=[task("again", probe("c", "pause"))],
                             data=DISKS)
        # It would be there already.
        guest.record("image.unpacked")
        guest.log("^pause: ")
        guest.machine.process.kill()
        guest.wait_off()


def test_a_disk_that_is_too_small_stops_the_boot():
    guest = harness.boot(data=[disk("small.raw", 63)])
    assert "power off: data disk: data disk /dev/vdc of 129024 sectors: " \
        "Result not representable" in guest.wait_off()
