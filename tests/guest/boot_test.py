"""Boot parameters: none of them opens the machine.

The command line is part of the boot image; what is appended here is what
somebody would try who could change it all the same.
"""

import re

import harness
from harness import probe, task

TASKS = [task("t", probe("c", "say", "ran"))]
STEP = r"^init: power off: .+: .+"


def stops(parameter="", **machine):
    """Boots with it; the machine must say why, and go off."""
    guest = harness.boot(append=parameter, tasks=TASKS, **machine)
    console = guest.wait_off()
    assert re.search(STEP, console, re.M), parameter
    assert not guest.logs and not guest.records, parameter
    return re.search(STEP, console, re.M).group()


def test_a_protection_cannot_be_switched_off_or_weakened():
    for parameter in ("enforcing=0", "lockdown=none",
                      "lsm=landlock,lockdown,yama", "module.sig_enforce=0"):
        assert f"unknown parameter {parameter}" in stops(parameter)


def test_a_protection_that_is_not_asked_for_stops_the_boot():
    assert "init_on_alloc=1: No such file" in stops(without="init_on_alloc=1")


def test_parameters_that_open_other_systems_stop_the_boot():
    for words in ("single", "init=/bin/sh", "systemd.debug-shell",
                  "nokaslr"):
        assert f"unknown parameter {words}" in stops(words)


def test_a_parameter_given_twice_stops_the_boot():
    assert "slab_nomerge: File exists" in stops("slab_nomerge")


def test_an_unknown_parameter_of_ours_stops_the_boot():
    assert "cloister.debug" in stops("cloister.debug=1")


def test_another_root_hash_is_not_taken():
    assert "cloister.roothash" in stops("cloister.roothash=" + "0" * 64)
