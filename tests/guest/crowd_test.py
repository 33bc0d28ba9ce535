# SPDX-License-Identifier: MIT
"""Many tasks at once, half of which end at random: every one is accounted for.

CROWD says how many, 200 unless given. Which of them end, when and how, comes
from a fixed seed.
"""

import os
import random

import harness
from harness import probe, task

CROWD = int(os.environ.get("CROWD", "200"))
SEED = 20
TASK_MIB = 1200 // CROWD	# what each takes of the machine
MACHINE_MIB = 2048	# of which the kernel keeps some
PATIENCE_S = 500	# of one wait, on a machine that is busy

# How a task may end: what its container does, exit code and signal, OOM.
ENDS = {
    "exits": (["exit", "7"], 7, 0),
    "fails": (["exit", "255"], 255, 0),
    "crashes": (["crash"], 139, 11),
    "eats": (["eat", "64"], 137, 9),
}


def crowd():
    """(family, end or None) of each task."""
    chance = random.Random(SEED)
    doomed = set(chance.sample(range(CROWD), CROWD // 2))
    return [(f"crowd-{n}", chance.choice(sorted(ENDS)), chance.randrange(3000))
            if n in doomed else (f"crowd-{n}", None, 0) for n in range(CROWD)]


def entry(family, end, delay_ms):
    command = ["sleep", str(delay_ms), "--", *ENDS[end][0]] if end else \
        ["catch", "15", "0", "--", "pause"]
    return task(family, probe("c", *command, memory=TASK_MIB))


# Fits only when half of the crowd has gone.
LARGE_MIB = MACHINE_MIB - 64 - TASK_MIB * (CROWD * 3 // 4)
TASKS = [entry(*one) for one in crowd()] + [
    task("large", probe("c", "exit", "0"), memory=str(LARGE_MIB)),
    {**task("watch", probe("watch", "catch", "15", "0", "--", "pause",
                           memory=TASK_MIB)),
     "daemon": True, "critical": True}]

machine = harness.shared(lambda: harness.boot(
    tasks=TASKS, memory_mib=MACHINE_MIB, instance={"scaleInAfter": -1}))


def states(state):
    """{family: values} of the tasks that have been in that state."""
    return {r.values["family"]: r.values for r in machine().records
            if r.name == "cloister.task.state" and r.values["state"] == state}


def await_states(state, families):
    machine().wait_for(lambda g: set(families) <= set(states(state)),
                       PATIENCE_S, f"{state} of all")


def containers(task_id):
    return [r.values for r in machine().records
            if r.name == "cloister.container.state" and
            r.values["task"] == task_id]


def doomed():
    return {family: end for family, end, _ in crowd() if end}


def test_every_task_runs_and_has_an_id_of_its_own():
    everyone = [t["taskDefinition"]["family"] for t in TASKS]
    await_states("RUNNING", everyone)
    assert len({v["task"] for v in states("RUNNING").values()}) == len(TASKS)


def test_the_daemon_runs_before_all_others():
    await_states("RUNNING", ["watch"])
    first = next(r for r in machine().records
                 if r.name == "cloister.task.state"
                 and r.values["state"] == "RUNNING")
    assert first.values["family"] == "watch", first


def test_those_that_end_are_told_with_how_they_ended():
    await_states("STOPPED", doomed())
    for family, end in doomed().items():
        state = states("STOPPED")[family]
        last = containers(state["task"])[-1]
        _, code, signal = ENDS[end]
        assert state["stop_code"] == "EssentialContainerExited", state
        assert (last["exit_code"], last["signal"]) == (code, signal), last
        assert ("OutOfMemoryError" in last["reason"]) == (end == "eats"), last


def test_a_task_that_does_not_fit_waits_and_starts_when_it_does():
    await_states("STOPPED", ["large"])
    state = states("STOPPED")["large"]
    waits = [r.values for r in machine().records
             if r.name == "cloister.task.waiting"
             and r.values["task"] == state["task"]]
    assert [w["waits_for"] for w in waits] == ["daemons", "memory"], waits
    assert waits[1]["wanted"] == LARGE_MIB > waits[1]["available"]
    gone = [family for family, values in states("STOPPED").items()
            if family in doomed() and
            values["stopped_unix_ms"] <= state["started_unix_ms"]]
    assert gone, "it started while all were there"
    assert containers(state["task"])[-1]["exit_code"] == 0


def test_the_others_run_until_the_drain_and_the_daemon_to_its_end():
    survivors = {family for family, end, _ in crowd() if not end}
    assert not survivors & set(states("STOPPED"))
    machine().power_button()
    machine().wait_off(PATIENCE_S)
    for family in survivors | {"watch"}:
        state = states("STOPPED")[family]
        assert state["stop_code"] == "TerminationNotice", state
        assert containers(state["task"])[-1]["exit_code"] == 0, state
    ends = [r.values["family"] for r in machine().records
            if r.name == "cloister.task.state"
            and r.values["state"] == "STOPPED"]
    assert ends[-1] == "watch", ends
    assert sorted(ends) == sorted(t["taskDefinition"]["family"] for t in TASKS)


def test_no_record_was_lost_and_no_event_was_impossible():
    assert not [r for r in machine().records if r.name in (
        "cloister.records.lost", "cloister.engine.fault")]
