# SPDX-License-Identifier: MIT
"""The task metadata endpoint, asked by the tasks that it is about."""

import json
import sys

import harness
from harness import ROOT, probe, task

sys.path.insert(0, str(ROOT / "image/audit"))

import evidence

OTHER = "/v4/00000000000000000000000000000000-1"
ANSWERED = "metadata GET", "metadata GET /task", "metadata GET /taskWithTags"
# Its start is told as evidence, which is then of a time when doors are there.
GRANT = {"linuxParameters": {"capabilities": {"add": ["SYS_NICE"]}}}
REFUSED = {"metadata GET /tasks": 404, "metadata GET /stats/": 404,
           "metadata-path GET /": 404, f"metadata-path GET {OTHER}": 404,
           "metadata-path GET /v2/metadata": 404, "metadata POST": 405,
           "metadata PUT /task": 405}


def chain(*verbs):
    return " -- ".join(verbs).split()


ASKER = ["metadata-await \"Name\":\"side\",\"DockerName\" /task", *ANSWERED,
         "metadata-await usage_in_usermode /stats",
         "metadata-await network_rate_stats /stats",
         "metadata-count \"precpu_stats\" /task/stats", *REFUSED,
         # A bucket that is full again, whatever was asked before.
         "sleep 2000", "metadata-flood 100000", "ignore 15", "say ready",
         "metadata-await \"Draining\":true /task", "exit 3"]

machine = harness.shared(lambda: harness.boot(
    instance={"scaleInAfter": -1, "id": "i-metadata",
              "privilegedCapabilities": ["SYS_NICE"]}, tasks=[
        task("seen",
             probe("app", *chain(*ASKER), memory=64, cpu=128, stopTimeout=60),
             probe("side", "catch", "15", "0", "--", "pause"),
             cpu="256", memory="256"),
        task("hoarder", probe("hoarder", *chain(
            "metadata-hold 40", "say held", "catch 15 0", "pause"), **GRANT)),
        task("hosted", probe("hosted", "env"), networkMode="host")]))


def answer(verb, container="app"):
    """Status and body, which is parsed where it is 200."""
    text = machine().result(verb, container, timeout=180)
    status, _, body = text.partition(" ")
    return int(status), json.loads(body)


def test_a_container_is_told_what_it_is():
    status, about = answer("metadata GET")
    assert status == 200
    assert about["Name"] == "app" and about["Image"] == "probe:test"
    assert about["ImageID"].startswith("sha256:")
    assert about["KnownStatus"] == about["DesiredStatus"] == "RUNNING"
    assert about["Limits"] == {"CPU": 128, "Memory": 64}
    assert about["CreatedAt"] <= about["StartedAt"]
    assert about["Networks"][0]["NetworkMode"] == "awsvpc"
    assert about["Labels"]["com.amazonaws.ecs.container-name"] == "app"


def test_a_task_is_told_of_itself_and_of_no_other():
    status, about = answer("metadata GET /task")
    assert status == 200 and about["Family"] == "seen"
    assert {c["Name"] for c in about["Containers"]} == {"app", "side"}
    assert about["Cluster"] == about["Instance"]["Id"] == "i-metadata"
    assert about["Limits"] == {"CPU": 0.25, "Memory": 256}
    assert about["PullStartedAt"] <= about["PullStoppedAt"]
    assert about["Instance"]["Draining"] is False
    ids = {r.values["task"] for r in machine().records
           if r.name == "cloister.task.state"}
    assert about["TaskARN"].rpartition("/")[2] in ids
    assert answer("metadata GET /taskWithTags")[1]["TaskARN"] == \
        about["TaskARN"]


def test_what_containers_use_is_told_in_dockers_form():
    status, used = answer("metadata-await usage_in_usermode /stats")
    assert status == 200 and used["name"] == "app"
    assert used["cpu_stats"]["cpu_usage"]["total_usage"] > 0
    assert 0 < used["memory_stats"]["usage"] < used["memory_stats"]["limit"]
    assert used["memory_stats"]["limit"] == 64 << 20
    assert used["pids_stats"]["current"] >= 1


def test_statistics_have_rates_from_the_second_reading_on():
    status, used = answer("metadata-await network_rate_stats /stats")
    assert status == 200
    assert set(used["network_rate_stats"]) == {"rx_bytes_per_sec",
                                               "tx_bytes_per_sec"}
    assert used["read"] > used["preread"]


def test_statistics_of_the_task_are_those_of_each_container():
    assert machine().result("metadata-count \"precpu_stats\" /task/stats",
                            "app", timeout=180) == "200 2"


def test_other_paths_and_methods_are_refused():
    for verb, wanted in REFUSED.items():
        assert answer(verb)[0] == wanted, verb


def test_who_asks_too_often_is_told_so():
    text = machine().result("metadata-flood 100000", "app", timeout=180)
    assert text == "429 after a burst"


def test_who_never_finishes_a_request_holds_up_itself_alone():
    """The other task holds what connections it may all the while."""
    assert machine().log("^held", "hoarder", timeout=180)
    assert answer("metadata-await network_rate_stats /stats")[0] == 200


def test_a_task_in_the_instances_network_is_not_told_of_a_door():
    lines = machine().texts("hosted")
    machine().log("^env", "hosted", timeout=180)
    lines = machine().texts("hosted")
    assert any("AWS_EXECUTION_ENV=AWS_ECS_MANAGED_INSTANCES" in line
               for line in lines), lines
    assert not any("ECS_CONTAINER_METADATA" in line for line in lines), lines


def test_a_drain_shows_with_its_deadline():
    guest = machine()
    guest.log("^ready", "app", timeout=180)
    guest.power_button()
    status, about = answer("metadata-await \"Draining\":true /task")
    assert status == 200 and about["DesiredStatus"] == "STOPPED"
    assert about["Instance"]["DrainDeadline"] > about["PullStartedAt"]
    guest.record("container.state", container="app", state="STOPPED",
                 exit_code=3)


def test_nothing_listened_in_the_instances_network_all_the_while():
    machine().wait_off(timeout=120)
    documents = [d.facts for d in evidence.chain(machine().records,
                                                 sealed=True)]
    assert any(d["grants"] for d in documents), \
        [d["cause"] for d in documents]
    for d in documents:
        assert set(d["listening"].values()) == {0}, d["listening"]
    assert not [r for r in machine().records if r.name in
                ("cloister.denial", "cloister.seccomp.kill")]
