"""Containers that are checked, restarted and waited for.

One machine for all: intervals and periods are the shortest that ECS allows.
"""

import harness
from harness import probe, task

PERIOD_S = 60


OUTPUT = "written-by-a-check"


def checked(name, *command, **fields):
    return probe(name, "pause", essential=False, **fields, healthCheck={
        "command": ["CMD", "/probe", *command], "interval": 5, "timeout": 2,
        "retries": 2})


def held():
    """Its check waits in execve(2) for a lease on the interpreter."""
    fields = probe("held", "copy-self", "/held", "--",
                   "write", "/check", "#!/held\n", "--", "chmod", "/check", "0755",
                   "--", "keep-lease", "/held", "--", "pause", essential=False)
    fields["healthCheck"] = {"command": ["CMD", "/check"], "interval": 5,
                             "timeout": 2, "retries": 2}
    return fields


machine = harness.shared(lambda: harness.boot(instance={"scaleInAfter": -1}, tasks=[
    task("t",
         checked("well", "say", OUTPUT, "--", "err", OUTPUT, "--", "exit", "0"),
         checked("sick", "exit", "1"),
         checked("slow", "pause"),
         held(),
         probe("waits", "say", "started", "--", "pause", essential=False,
               dependsOn=[{"containerName": "well",
                           "condition": "HEALTHY"}]),
         probe("again", "sleep", str(PERIOD_S * 1000 + 500), "--", "exit", "3",
               essential=False, restartPolicy={
                   "enabled": True, "restartAttemptPeriod": PERIOD_S}),
         probe("once", "exit", "3", essential=False, restartPolicy={
             "enabled": True, "restartAttemptPeriod": PERIOD_S}),
         probe("main", "pause")),
    task("late",
         probe("never", "pause", essential=False, startTimeout=4),
         probe("main", "say", "started", dependsOn=[
             {"containerName": "never", "condition": "COMPLETE"}])),
]))


def test_a_check_that_succeeds_makes_the_container_healthy():
    machine().record("container.health", container="well", status="UNKNOWN")
    machine().record("container.health", container="well", status="HEALTHY",
                     failures=0)


def test_what_depends_on_health_starts_after_the_first_success():
    machine().log("started", container="waits")
    machine().record("container.state", container="waits", state="RUNNING")
    names = [(r.values.get("container"), r.name) for r in machine().records]
    healthy = names.index(("well", "cloister.container.health"))
    assert names.index(("waits", "cloister.container.state")) > healthy


def test_failures_in_a_row_make_the_container_unhealthy_and_nothing_else():
    machine().record("container.health", container="sick", status="UNHEALTHY",
                     failures=2)
    assert not [r for r in machine().records
                if r.values.get("container") == "sick"
                and r.values.get("state") == "STOPPED"]


def test_what_a_check_writes_reaches_neither_channel():
    machine().record("container.health", container="well", status="HEALTHY")
    assert not [r for r in machine().records if OUTPUT in str(r.values)]
    assert not [line for line in machine().logs
                if OUTPUT in line.text and line.container == "well"]
    assert OUTPUT not in machine().console


def test_a_check_that_takes_too_long_is_killed_and_fails():
    machine().record("container.health", container="slow", status="UNHEALTHY")


def test_a_check_that_is_held_up_by_a_lease_holds_up_nobody():
    machine().log("keep-lease /held: ok 0", container="held")
    began, ended = (machine().record("container.health", container="held",
                                     status=status).time_ns
                    for status in ("UNKNOWN", "UNHEALTHY"))
    # The kernel breaks a lease after 45 s.
    assert ended - began < 40e9, (began, ended)


def test_a_start_timeout_fails_the_task_that_waits():
    state = machine().record("task.state", family="late", state="STOPPED").values
    assert state["stop_code"] == "TaskFailedToStart"
    assert "TaskDependencyError: never" in state["reason"]


def test_a_container_that_ended_too_soon_is_not_restarted():
    state = machine().record("container.state", container="once",
                             state="STOPPED").values
    assert state["exit_code"] == 3


def test_a_container_that_ran_long_enough_is_restarted_in_its_task():
    again = machine().record("container.restarted", timeout=150,
                             container="again").values
    assert (again["restarts"], again["exit_code"]) == (1, 3), again
    machine().wait_for(lambda g: len([
        r for r in g.records if r.values.get("container") == "again"
        and r.values.get("state") == "RUNNING"]) == 2, what="the second start")
    assert not [r for r in machine().records if r.name == "cloister.task.state"
                and r.values["family"] == "t"
                and r.values["state"] != "RUNNING"]
    assert not [r for r in machine().records if r.name == "cloister.denial"]
