"""A service of the house dies.

The test image differs from the one that ships by two services. The saboteur
kills uplink, runtime, uplink again and metadata while tasks run. To the impostor the
policy allows what it forbids to the house, so that the BPF guards alone answer.
"""

import re
import subprocess

import harness
from harness import BUILD, probe, task
from newer_test import Source

MODIFY_LDT = 154

ROUNDS, LINES = 40, 75
STEADY = " -- ".join([f"lines {LINES} -- sleep 200"] * ROUNDS).split()

# What the containers of a task share, and System V memory in it.
SHARED = "namespace pid -- namespace ipc -- systemv".split()

# So that courier has work too: what it brings is refused, and nothing changes.
source = Source()
source.offer(b"no document")

machine = harness.shared(lambda: harness.boot(
    build=BUILD / "saboteur-image",
    instance={"documents": {"url": source.url, "interval": 1}}, tasks=[
        task("steady", probe("steady", *STEADY, "--", "exit", "7")),
        task("asker", probe("asker", "metadata-await", "usage_in_usermode",
                            "/stats", "--", "metadata", "GET", "/task", "--",
                            "sleep", "9000", "--", "metadata", "GET")),
        task("slow", probe("slow", "label", "--", "sleep", "9000", "--",
                           "exit", "3")),
        task("relay",
             probe("first", "label", "--", *SHARED, "9", "kept", "--",
                   "sleep", "12000", essential=False),
             probe("second", "label", "--", *SHARED, "9", dependsOn=[
                 {"containerName": "first", "condition": "SUCCESS"}]),
             pidMode="task", ipcMode="task")]))


def test_a_restarted_service_is_new_evidence():
    machine().line("^saboteur: done")
    machine().record("evidence", cause="service")


def test_guards_refuse_what_the_policy_would_allow():
    for what, why in (
            ("execute a copy", "Operation not permitted"),
            ("map a copy as code", "Operation not permitted"),
            ("map a copy to read", "done"),
            ("map the root as code", "done"),
            ("map memory as code", "Operation not permitted"),
            ("map memory to write", "done"),
            ("turn memory into code", "Operation not permitted"),
            ("turn memory read-only", "done"),
            ("make an internet socket", "done"),
            ("take an address", "Operation not permitted"),
            ("listen", "Operation not permitted"),
            ("accept", "Operation not permitted"),
            ("name a local socket", "done"),
            ("listen locally", "Operation not permitted"),
            ("make a bluetooth socket", "Operation not permitted"),
            ("execute the root again", "done")):
        machine().line(f"^impostor: {what}: {why}")
    assert not [r for r in machine().records if r.name == "cloister.denial"
                and ":impostor_t:" in r.values["source"]]


def test_the_list_of_system_calls_goes_on_to_every_service():
    for what, why in (
            ("make a crypto socket", "Address family not supported"),
            ("make a hypervisor socket", "Address family not supported"),
            ("read the segments", "Operation not permitted")):
        machine().line(f"^impostor: {what}: {why}")
    refused = machine().record("seccomp.kill", syscall=MODIFY_LDT).values
    assert ":impostor_t:" in refused["source"], refused
    assert refused["signal"] == 0, refused


def test_every_allowed_system_call_is_needed():
    machine().line("^saboteur: done")
    seen = set(re.findall(r"^saboteur: calls (\S+): (\d+)",
                          machine().console, re.M))
    assert len(seen) > 100
    rows = subprocess.run([BUILD / "calls-print", "rows"], check=True,
                          capture_output=True, text=True).stdout
    unneeded = [row for row in map(str.split, rows.splitlines())
                if row[3] == "-" and tuple(row[:2]) not in seen]
    assert not unneeded, unneeded


def test_each_killed_service_is_restarted():
    guest = machine()
    guest.line("^saboteur: done")
    ended = [r.values["service"] for r in guest.records
             if r.name == "cloister.service.ended"
             and r.values["signal"] == 9]
    guest.record("service.ended", service="uplink", signal=9)
    guest.record("service.ended", service="runtime", signal=9)
    guest.record("service.ended", service="metadata", signal=9)
    assert set(ended) <= {"uplink", "runtime", "metadata"}, ended


def test_doors_outlive_the_server_and_the_runtime():
    guest = machine()
    guest.line("^saboteur: done")
    for verb in ("metadata GET /task", "metadata GET"):
        assert guest.result(verb, "asker", timeout=120).startswith("200 {")


def test_no_line_is_lost_or_out_of_order():
    guest = machine()
    guest.wait_off(timeout=120)
    lines = {}
    for line in guest.logs:
        if line.container == "steady":
            number = line.values["cloister.log.sequence"]
            assert lines.setdefault(number, line.text) == line.text
    # Each round is its lines and what `sleep` says of itself.
    assert sorted(lines) == list(range(1, ROUNDS * (LINES + 1) + 1))
    assert not [r for r in guest.records if r.name == "cloister.log.gap"]


def test_exit_codes_of_tasks_outlive_the_runtime_that_started_them():
    guest = machine()
    guest.wait_off(timeout=120)
    for name, code in (("steady", 7), ("slow", 3)):
        state = guest.record("container.state", container=name,
                             state="STOPPED").values
        assert (state["exit_code"], state["signal"]) == (code, 0), state
    started = [r for r in guest.records if r.name == "cloister.container.state"
               and r.values["state"] == "RUNNING"]
    assert len({r.values["container"] for r in started}) == 5


def test_the_restarted_runtime_gives_each_task_its_own_pair_of_categories():
    guest = machine()
    guest.wait_off(timeout=120)
    events = [(r.name, r.values.get("service") or r.values.get("container"),
               r.values.get("state")) for r in guest.records]
    assert events.index(("cloister.service.ended", "runtime", None)) < \
        events.index(("cloister.container.state", "second", "RUNNING"))
    first, second, slow = (guest.result("label", name)
                           for name in ("first", "second", "slow"))
    assert first == second and ":task_t:s0:c" in first
    assert slow.split(":s0:")[1] != first.split(":s0:")[1]


def test_the_drain_is_as_orderly_as_ever():
    assert "init: power off after drain (tasks-ended)" in \
        machine().wait_off(timeout=120)


def test_what_a_task_shares_outlives_the_runtime_that_made_it():
    guest = machine()
    guest.wait_off(timeout=120)
    for what in "namespace pid", "namespace ipc":
        assert guest.result(what, "first") == guest.result(what, "second")
    assert guest.result("systemv 9", "second") == "kept"
