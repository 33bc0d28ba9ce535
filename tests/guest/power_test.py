"""The power button: one drain, in order, within its bounds."""

import harness
from harness import probe, task


def test_a_task_that_ends_at_sigterm_ends_cleanly_and_at_once():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[
        task("t", probe("polite", "catch", "15", "3", "--", "say", "up",
                        "--", "pause"))])
    guest.log("up", "polite")
    guest.power_button()
    state = guest.record("container.state", container="polite",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (3, 0)
    console = guest.wait_off()
    assert "init: power off after drain (power-button)" in console


def test_a_task_that_ignores_sigterm_is_killed_at_its_timeout():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[
        task("t", probe("stubborn", "ignore", "15", "--", "say", "up", "--",
                        "pause", stopTimeout=3))])
    guest.log("up", "stubborn")
    guest.power_button()
    started = guest.record("drain.started", cause="power-button").values
    # Its own stopTimeout, half a second of work, and init's grace.
    assert started["bound_ms"] == 3000 + 500 + 30000, started
    state = guest.record("container.state", container="stubborn",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (137, 9)
    guest.record("task.state", family="t", state="STOPPED",
                 stop_code="TerminationNotice")
    ended = guest.record("drain.ended", cause="power-button").values
    assert 3000 <= ended["ms"] < 20000, ended
    guest.wait_off()


def test_containers_stop_in_reverse_order_of_their_dependencies():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[task(
        "t", probe("base", "catch", "15", "0", "--", "say", "up", "--",
                   "pause"),
        probe("upper", "catch", "15", "0", "--", "say", "up", "--", "pause",
              dependsOn=[{"containerName": "base", "condition": "START"}]))])
    guest.log("up", "upper")
    guest.power_button()
    guest.wait_off()
    order = [r.values["container"] for r in guest.records
             if r.name == "cloister.container.state"
             and r.values["state"] == "STOPPED"]
    assert order == ["upper", "base"], order


def test_an_image_may_name_its_own_stop_signal():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[task(
        "t", harness.container("int", "probe:full", "catch", "2", "4", "--",
                               "say", "up", "--", "pause"))])
    guest.log("up", "int")
    guest.power_button()
    state = guest.record("container.state", container="int",
                         state="STOPPED").values
    assert (state["exit_code"], state["signal"]) == (4, 0)
    guest.wait_off()


def test_an_instance_drains_when_a_critical_daemon_ends():
    guest = harness.boot(instance={"scaleInAfter": -1}, tasks=[
        task("web", probe("web", "catch", "15", "5", "--", "pause")),
        {**task("agent", probe("agent", "sleep", "1000", "--", "exit", "9")),
         "daemon": True, "critical": True}])
    guest.record("drain.started", cause="daemon-stopped")
    guest.record("task.state", family="agent", state="STOPPED",
                 stop_code="EssentialContainerExited")
    state = guest.record("container.state", container="web",
                         state="STOPPED").values
    assert state["exit_code"] == 5, state
    console = guest.wait_off()
    assert "init: power off after drain (daemon-stopped)" in console
