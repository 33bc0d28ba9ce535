"""Hostile tasks stay inside their limits; their neighbour does not notice.

The neighbour needs a little of everything, round after round. Each attacker
takes all that it gets of one thing, and keeps it. All have the same user:
what the kernel counts by user, tasks share.
"""

import re

import harness
from harness import probe, task

USER = "guest"
ROUNDS = 5		# of the neighbour, after the attackers have all they get

# Thing: (processes, MiB of the task, what ends it). Half a gigabyte in all, on
# a machine of one: none could have all of it.
HOGS = {
    "memory": (1, 64, "killed"),		# by its group's limit
    "root": (1, 48, "killed"),		# files lie in memory
    "volume": (1, 48, "killed"),
    "shared": (1, 96, "ENOSPC"),		# 64 MiB of /dev/shm
    "inodes": (1, 32, "killed"),
    "files": (2, 96, "EMFILE"),		# 131072 by two processes
    "pipes": (2, 80, "killed"),
    "watchers": (1, 48, "killed"),
    "timers": (1, 16, "killed"),
    "local-pairs": (2, 48, "killed"),
    "connections": (2, 112, "killed"),
}


CONNECTIONS = ["read /proc/sys/net/netfilter/nf_conntrack_count"]


def calm():
    return task("calm", probe("calm", *(
        " -- ".join(CONNECTIONS) + " -- neighbour 300").split(), user=USER))


def hog(thing):
    processes, memory, _ = HOGS[thing]
    fields = {"volumes": [{"name": "volume"}]} if thing == "volume" else {}
    mounts = [{"sourceVolume": "volume", "containerPath": "/volume"}] \
        if thing == "volume" else []
    return task(thing, probe(thing, "hog", thing, str(processes),
                             memory=memory, user="0" if mounts else USER,
                             stopTimeout=2, mountPoints=mounts), **fields)


crowd = harness.shared(lambda: harness.boot(
    instance={"scaleInAfter": -1}, tasks=[calm(), *map(hog, HOGS)]))
storm = harness.shared(lambda: harness.boot(
    instance={"scaleInAfter": -1}, tasks=[
        calm(),
        task("bomb", probe("bomb", "fork-bomb", stopTimeout=2, memory=128)),
        task("flood", probe("flood", "flood", stopTimeout=2))]))


def rounds(guest):
    return sum("round" in text for text in guest.texts("calm"))


def goes_on(guest):
    """Waits for rounds that begin from now on."""
    before = rounds(guest)
    guest.wait_for(lambda g: rounds(g) > before + ROUNDS,
                   timeout=4 * harness.TIMEOUT_S, what="the neighbour's round")


def ended(guest):
    if not guest.is_off:
        guest.power_button()
    guest.wait_off(4 * harness.TIMEOUT_S)
    return guest


def crowded():
    guest = crowd()
    if not guest.is_off:
        for thing in HOGS:
            guest.log(": holds$", thing, timeout=8 * harness.TIMEOUT_S)
        goes_on(guest)
    return ended(guest)


def stormy():
    guest = storm()
    if not guest.is_off:
        guest.log("fork-bomb: begins", "bomb")
        # Its first line may well be among those that are lost.
        guest.record("log.gap", container="flood",
                     timeout=2 * harness.TIMEOUT_S)
        guest.wait_for(lambda g: metric(g, "bomb", "pids.limit_hits") > 0,
                       timeout=2 * harness.TIMEOUT_S,
                       what="a refused fork of the bomb")
        goes_on(guest)
    return ended(guest)


def metric(guest, container, name):
    """The highest value that a metric of the container had."""
    return max((m.value for m in guest.metrics
                if m.name.endswith(f"container.{name}")
                and m.resource.get("container.name") == container), default=0)


def is_unharmed(guest):
    texts = guest.texts("calm")
    assert not [t for t in texts if re.search(r"neighbour 300: (no|fail)", t)]
    assert texts[-1] == "neighbour 300: unharmed", texts[-1]
    state = guest.record("container.state", container="calm",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (0, 0), state


def house_stands(guest):
    assert "power off after drain (power-button)" in guest.console
    assert not guest.collector.errors
    assert not [r for r in guest.records if r.name == "cloister.service.ended"
                and r.values["restarts"]]


def test_the_neighbour_gets_what_it_needs_beside_those_who_take_all():
    is_unharmed(crowded())


def test_each_is_stopped_by_its_own_limit():
    guest = crowded()
    for thing, (processes, memory, end) in HOGS.items():
        peak = metric(guest, thing, "memory.peak")
        # What a socket receives is charged even where there is no more.
        assert peak <= (memory << 20) * 1.05, (thing, peak)
        said = " ".join(guest.texts(thing))
        kills = [r.values["kills"] for r in guest.records
                 if r.name == "cloister.container.oom"
                 and r.values.get("container") == thing]
        if end == "killed":
            assert kills and kills[0] >= 1, thing
        else:
            assert said.count(f"fail {end}") == processes, (thing, said)
            assert not kills, thing


def test_pressure_shows_in_metrics():
    assert metric(crowded(), "memory", "pressure.memory") > 0
    assert metric(stormy(), "bomb", "pressure.cpu") > 0


def test_there_is_no_table_of_connections_to_fill():
    for verb in CONNECTIONS:
        assert crowded().result(verb, "calm") == "ok 0", verb


def test_a_fork_bomb_stays_inside_its_limit_and_ends_at_the_drain():
    guest = stormy()
    assert metric(guest, "bomb", "pids") <= 1024
    state = guest.record("container.state", container="bomb",
                         state="STOPPED").values
    assert state["signal"] == 9, state


def test_a_flood_of_lines_loses_none_of_the_neighbours():
    guest = stormy()
    assert metric(guest, "calm", "pids") > 0
    numbers = sorted({line.values["cloister.log.sequence"]
                      for line in guest.logs if line.container == "calm"})
    assert numbers == list(range(1, len(numbers) + 1))
    lost = [r.values["container"] for r in guest.records
            if r.name == "cloister.log.gap" and "container" in r.values]
    assert "flood" in lost and "calm" not in lost, lost
    is_unharmed(guest)


def test_the_house_stands():
    for guest in (crowded(), stormy()):
        house_stands(guest)
