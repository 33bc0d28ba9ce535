"""Boot parameters: none of them opens the machine.

The command line is part of the boot image; what is appended here is what
somebody would try who could change it all the same.
"""

import re

import harness
from harness import probe, task

TASKS = [task("t", probe("c", "say", "ran"))]
STEP = r"^init: power off: .+: .+"


def stops(parameter):
    """Boots with it; the machine must say why, and go off."""
    guest = harness.boot(append=parameter, tasks=TASKS)
    console = guest.wait_off()
    assert re.search(STEP, console, re.M), parameter
    assert not guest.logs and not guest.records, parameter
    return re.search(STEP, console, re.M).group()


def test_selinux_cannot_be_switched_off_or_made_permissive():
    assert "SELinux does not enforce" in stops("enforcing=0")
    assert "selinuxfs" in stops("lsm=landlock,lockdown,yama")


def test_an_unknown_parameter_of_ours_stops_the_boot():
    assert "cloister.debug" in stops("cloister.debug=1")


def test_another_root_hash_finds_no_root():
    assert "cloister.roothash" in stops("cloister.roothash=" + "0" * 64)


def test_parameters_that_open_other_systems_change_nothing():
    guest = harness.boot(append="single init=/bin/sh systemd.debug-shell "
                         "rescue lsm=landlock,yama,selinux,bpf lockdown=none "
                         "console=tty0 console=ttyS0", tasks=TASKS)
    guest.log("ran", "c")
    evidence = guest.record("boot.evidence").values
    assert evidence["selinux_enforcing"] == 1
    assert evidence["lockdown"] == "integrity"
    assert evidence["listening_sockets"] == 0
    guest.wait_off()
