"""The two deadlines of an instance: drain-at and dead-at.

The shortest lifetime that a document may ask for is 30 s from the kernel's
start to the drain; a boot under emulation takes about a third of it.
"""

import datetime

import harness
from harness import probe, task

DRAIN_S = 30
TWENTY_YEARS_S = str(20 * 365 * 86400)


def boot(*containers, dead_after=600, **instance):
    return harness.boot(tasks=[task("t", *containers)], instance={
        "scaleInAfter": -1, "lifetime": {"drainAfter": DRAIN_S,
                                         "deadAfter": dead_after},
        **instance})


def boot_s(record):
    """CLOCK_BOOTTIME of the guest, as it was when the record was made."""
    return record.values["cloister.boot_ns"] / 1e9


def test_a_polite_task_ends_itself_when_the_lifetime_drains_the_instance():
    guest = boot(probe("polite", "catch", "15", "3", "--", "say", "up", "--",
                       "pause"))
    guest.record("lifetime.set", drain_at_s=1206000, dead_at_s=1209600)
    guest.record("lifetime.set", drain_at_s=DRAIN_S, dead_at_s=600)
    started = guest.record("drain.started", cause="lifetime")
    assert DRAIN_S <= boot_s(started) < DRAIN_S + 5, boot_s(started)
    state = guest.record("container.state", container="polite",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (3, 0)
    guest.record("drain.ended", cause="lifetime")
    console = guest.wait_off()
    assert "init: power off after drain (lifetime)" in console
    left = {name: [m.value for m in guest.metrics
                   if m.name == f"cloister.lifetime.{name}"]
            for name in ("drain_in", "dead_in")}
    assert left["drain_in"][0] <= DRAIN_S and left["drain_in"][-1] <= 1, left
    assert all(later - sooner == 570 for sooner, later in
               zip(left["drain_in"], left["dead_in"], strict=True)
               if later < 600), left
    assert not [r for r in guest.records
                if r.name == "cloister.lifetime.over"]


def test_a_task_that_will_not_stop_ends_with_the_machine_at_dead_at():
    guest = boot(probe("stubborn", "ignore", "15", "--", "say", "up", "--",
                       "pause", stopTimeout=3600), dead_after=40)
    over = guest.record("lifetime.over", drain="lifetime", dead_at_s=40)
    assert 40 <= boot_s(over) < 45, boot_s(over)
    state = guest.record("container.state", container="stubborn",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (137, 9)
    console = guest.wait_off(timeout=40)
    assert "init: power off: lifetime: deadline passed" in console
    assert "power off after drain" not in console


def test_a_task_that_may_set_the_clock_changes_no_deadline():
    """Under CLOCK_BOOTTIME alone the slewed drain would come at 30 s of it."""
    guest = boot(
        probe("clock", "catch", "15", "0", "--", "settime", TWENTY_YEARS_S,
              "--", "slew", "--", "pause", linuxParameters={
                  "capabilities": {"add": ["SYS_TIME"]}}),
        privilegedCapabilities=["SYS_TIME"])
    assert guest.result(f"settime {TWENTY_YEARS_S}", "clock") == "ok 0"
    assert guest.result("slew", "clock") == "ok 0"
    up = guest.record("container.state", container="clock", state="RUNNING")
    started = guest.record("drain.started", cause="lifetime")
    slowed_s = boot_s(started) - boot_s(up)
    true_s = slowed_s / 0.9
    assert abs(boot_s(up) + true_s - DRAIN_S) < 0.7, (
        boot_s(up), boot_s(started))
    assert boot_s(started) < DRAIN_S - 0.5, boot_s(started)
    assert "init: power off after drain (lifetime)" in guest.wait_off()


def test_a_watchdog_is_armed():
    guest = boot(probe("c", "exit", "0"), scaleInAfter=0)
    guest.line(r"^init: watchdog: 60 s\r?$")
    guest.record("drain.started", cause="tasks-ended")
    guest.wait_off()


def test_a_document_cannot_extend_the_lifetime():
    guest = boot(probe("c", "exit", "0"), dead_after=14 * 86400 + 1)
    guest.line(r"\$\.instance\.lifetime\.deadAfter reason=is 1209601, allowed is "
               r"31 to 1209600")
    assert "init: power off after drain (document-refused)" in guest.wait_off()


def test_a_window_brings_the_drain_forward_to_where_it_begins():
    """The clock says 45 s to six; the window opens at six, for four hours."""
    day = datetime.datetime.now(datetime.timezone.utc)
    six = day.replace(hour=6, minute=0, second=0, microsecond=0)
    name = day.strftime("%a").upper()
    guest = harness.boot(
        tasks=[task("t", probe("c", "catch", "15", "0", "--", "say", "up",
                               "--", "pause"))],
        clock=(six - datetime.timedelta(seconds=45)).strftime(
            "%Y-%m-%dT%H:%M:%S"),
        instance={"scaleInAfter": -1, "lifetime": {"drainAfter": 3000},
                  "eventWindow": {"cronExpression": f"* 6-10 * * {name}"}})
    guest.log("up")
    chosen = guest.record("window.chosen").values
    assert chosen["reason"] == "begins"
    assert chosen["drain_unix_s"] == six.timestamp(), chosen
    assert chosen["latest_unix_s"] > six.timestamp() + 2900, chosen
    drain_at_s = guest.wait_for(
        lambda g: [r.values["drain_at_s"] for r in g.records
                   if r.name == "cloister.lifetime.set"][1:],
        what="the new deadline")[0]
    assert drain_at_s <= 45
    started = guest.record("drain.started", cause="lifetime")
    assert drain_at_s <= boot_s(started) < drain_at_s + 5, boot_s(started)
    assert "init: power off after drain (lifetime)" in guest.wait_off()
