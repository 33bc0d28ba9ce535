"""The sample of `make run`: Debian's nginx and a client, in one task."""

import json

import harness
from harness import BUILD, ROOT

DOCUMENT = json.loads((ROOT / "image/sample/instance.json").read_text())
TROUBLE = ("denial", "seccomp.kill", "records.lost", "kernel.lost", "log.gap",
           "service.ended", "export.rejected")


def boot():
    document = json.loads(json.dumps(DOCUMENT))
    del document["instance"]["telemetry"]	# the harness's own collector
    return harness.boot(document=document, store=BUILD / "sample.tar")


sample = harness.shared(boot)


def test_nginx_logs_what_the_client_fetched():
    sample().log(r'"GET / HTTP/1\.1" 200 \d+', container="nginx")
    for page in range(2, 6):
        sample().log(f"^fetched page {page}$", container="client")


def test_metrics_of_both_containers_arrive():
    for name in ("nginx", "client"):
        sample().wait_for(
            lambda g: any(m.resource.get("container.name") == name or
                          m.resource.get("aws.ecs.container.name") == name
                          for m in g.metrics), what=f"a metric of {name}")


def test_the_house_reports_its_own_memory_within_its_budget():
    mib = 1 << 20
    for service in ("init", "runtime", "courier", "uplink", "metadata"):
        def used(guest):
            return [m.value for m in guest.metrics
                    if m.name == "cloister.service.memory.anonymous"
                    and m.values["cloister.service"] == service]
        values = sample().wait_for(used, what=f"memory of {service}")
        assert 0 < max(values) < 8 * mib, (service, values)


def test_the_boot_is_reported_with_its_evidence():
    evidence = sample().record("boot.evidence").values
    version = (BUILD / "root.version").read_text().strip()
    assert evidence["image_version"] == version
    assert evidence["root_hash"] == \
        (BUILD / "image/roothash").read_text().strip()
    assert evidence["selinux_enforcing"] == 1
    assert evidence["lockdown"] == "integrity"
    assert evidence["modules_closed"] == 1
    assert evidence["listening_sockets"] == 0
    assert evidence["guards"] == 28


def test_ready_is_reported_with_a_time_split_that_adds_up():
    ready = sample().record("boot.ready").values
    parts = [ready[f"{part}_ms"] for part in
             ("kernel", "verity", "policy", "services", "first_task")]
    assert min(parts) >= 0, ready
    assert abs(sum(parts) - ready["total_ms"]) <= 5, ready


def test_the_machine_drains_and_powers_off_when_the_task_has_ended():
    guest = sample()
    guest.record("task.state", state="STOPPED",
                 stop_code="EssentialContainerExited")
    guest.record("drain.ended")
    guest.wait_off()
    assert guest.machine.process.returncode == 0
    assert "init: power off after drain (tasks-ended)" in guest.console
    assert "Kernel panic" not in guest.console


def test_nothing_is_denied_killed_or_lost_on_the_way():
    sample().wait_off()
    bad = [r for r in sample().records
           if r.name.removeprefix("cloister.") in TROUBLE]
    assert not bad, bad


def test_every_request_was_valid_otlp():
    sample().wait_off()
    assert not sample().collector.errors
