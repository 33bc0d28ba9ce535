"""The root file system: verified, or the machine stops."""

import harness
from harness import BUILD, probe, task


def test_a_flipped_bit_in_the_root_stops_the_machine_and_says_why():
    offset, size = harness.partition(BUILD / "image/cloister.raw",
                                     "cloister-root")
    # In the file system's super block, which the mount reads.
    disk = harness.changed_disk({offset + 1024 + 8: 1})
    guest = harness.boot(disk=disk, tasks=[task("t", probe("c", "ids"))])
    console = guest.wait_off()
    assert "dm-verity device corrupted" in console
    assert not guest.records and not guest.logs


def test_a_flipped_bit_in_the_hash_tree_stops_the_machine_and_says_why():
    offset, size = harness.partition(BUILD / "image/cloister.raw",
                                     "cloister-verity")
    disk = harness.changed_disk({offset: 1})
    guest = harness.boot(disk=disk, tasks=[task("t", probe("c", "ids"))])
    console = guest.wait_off()
    assert "dm-verity" in console and "corrupted" in console
    assert not guest.records and not guest.logs
