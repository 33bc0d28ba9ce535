"""Privilege only where the document permits it and the task asks for it."""

import harness
from harness import probe, task


def adds(*capabilities):
    return {"linuxParameters": {"capabilities": {"add": list(capabilities)}}}


DEED = {"NET_ADMIN": "net-admin", "SYS_ADMIN": "mount /tmp",
        "BPF": "bpf-map", "SYS_TIME": "settime"}


def deed(capability, name, **fields):
    return task(name, probe(name, "label", "--", *DEED[capability].split(),
                            "--", "exit", "0", **fields))


permitted = harness.shared(lambda: harness.boot(
    instance={"privilegedCapabilities": ["NET_ADMIN", "SYS_ADMIN", "BPF"]},
    tasks=[t for c in ("NET_ADMIN", "SYS_ADMIN", "BPF") for t in (
        deed(c, f"with-{c}", **adds(c)), deed(c, f"without-{c}"))]))


def test_a_permitted_and_asked_capability_does_its_deed():
    for c in ("NET_ADMIN", "SYS_ADMIN", "BPF"):
        assert permitted().result(DEED[c], f"with-{c}").startswith("ok"), c


def test_a_permitted_capability_that_was_not_asked_for_is_refused():
    for c in ("NET_ADMIN", "SYS_ADMIN", "BPF"):
        assert permitted().result(DEED[c], f"without-{c}") in (
            "fail EPERM", "fail EACCES"), c


def test_each_grant_has_a_type_of_its_own():
    for c, wanted in (("NET_ADMIN", "task_net_t"), ("SYS_ADMIN", "task_sys_t"),
                      ("BPF", "task_bpf_t")):
        assert f":{wanted}:" in permitted().result("label", f"with-{c}")
        assert ":task_t:" in permitted().result("label", f"without-{c}")


def test_each_grant_is_a_record():
    for c in ("NET_ADMIN", "SYS_ADMIN", "BPF"):
        permitted().record("grant.given", container=f"with-{c}", capability=c)
    given = [r for r in permitted().records
             if r.name == "cloister.grant.given"]
    permitted().wait_off()
    assert len(given) == 3, given


def test_an_asked_capability_that_is_not_permitted_starts_nothing():
    guest = harness.boot(tasks=[deed("NET_ADMIN", "greedy",
                                     **adds("NET_ADMIN"))])
    refused = guest.record("document.refused").values
    assert refused["path"] == "$.tasks[0].taskDefinition." \
        "containerDefinitions[0].linuxParameters.capabilities.add[0]"
    guest.record("grant.refused", capability="NET_ADMIN")
    console = guest.wait_off()
    assert "power off after drain (document-refused)" in console
    assert not [r for r in guest.records if r.name in
                ("cloister.image.unpacked", "cloister.task.state")]
