"""Evidence: one chain of documents per boot, verified from what arrives."""

import pathlib
import sys

import harness
from harness import BUILD, ROOT, probe, task

sys.path.insert(0, str(ROOT / "image/audit"))

import evidence

GRANT = {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}

machine = harness.shared(lambda: harness.boot(
    instance={"privilegedCapabilities": ["NET_ADMIN"]}, tasks=[
        task("canary-family", probe("plain", "sleep", "12000")),
        task("granted", probe("granted", "label", "--", "sleep", "6000",
                              **GRANT))]))


def chain():
    machine().wait_off()
    return evidence.chain(machine().records, sealed=True)


def first():
    machine().record("evidence", sequence=1)
    machine().record("boot.ready")	# comes after all of it
    return evidence.chain([r for r in machine().records
                           if r.values.get("sequence") == 1])[0].facts


def own_mounts(facts):
    """Without what runtime mounts while it makes a container."""
    return {m["target"]: m for m in facts["mounts"]
            if not m["target"].startswith("/data/")}


def test_the_boot_is_told_whole_before_a_task_runs():
    facts = first()
    assert facts["cause"] == "boot" and facts["previous"] == evidence.ZEROS
    assert facts["image"] == (BUILD / "root.version").read_text().strip()
    assert facts["root"]["hash"] == \
        (BUILD / "image/roothash").read_text().strip()
    assert facts["policy"]["enforcing"] == 1
    assert facts["lockdown"] == "integrity" and facts["modules_closed"] == 1
    assert set(facts["listening"].values()) == {0}, facts["listening"]
    summary = machine().record("boot.evidence").values
    assert facts["policy"]["sha256"] == summary["policy_sha256"]
    assert len(facts["sysctls"]) == summary["sysctls_checked"]
    assert facts["sysctls"]["kernel/printk"] == "3 4 1 3"
    assert len(own_mounts(facts)) == summary["mounts_checked"]
    assert len(facts["guards"]) == summary["guards"]


def test_every_kernel_parameter_and_mount_is_told():
    facts = first()
    line = (BUILD / "image/cmdline").read_text().split()
    assert facts["parameters"][:len(line)] == line
    mounts = own_mounts(facts)
    assert mounts["/"]["type"] == "erofs" and \
        "ro" in mounts["/"]["flags"].split(",")
    assert mounts["/"]["label"].endswith(":root_t:s0")
    assert mounts["/run"]["label"].endswith(":run_t:s0")
    for target in mounts:
        flags = mounts[target]["flags"].split(",")
        assert "nosuid" in flags, target
        assert mounts[target]["label"], target


def test_every_process_of_the_house_is_told_with_its_rights():
    processes = {p["cgroup"]: p for p in first()["processes"]}
    processes.pop("host/unpack", None)	# may be at work already
    assert sorted(processes) == ["host/courier", "host/init", "host/metadata",
                                 "host/runtime", "host/uplink"]
    for name, domain in (("init", "init_t"), ("runtime", "runtime_t"),
                         ("courier", "courier_t"), ("uplink", "uplink_t"),
                         ("metadata", "metadata_t")):
        assert f":{domain}:" in processes[f"host/{name}"]["domain"]
    # Filters of system calls, for good, whatever is executed.
    assert {(p["seccomp"], p["no_new_privs"])
            for p in first()["processes"]} == {(2, 1)}
    for name, uid in (("uplink", 902), ("courier", 903), ("metadata", 904)):
        p = processes[f"host/{name}"]
        assert p["effective"] == p["bounding"] == "0" * 16
        assert (p["uid"], p["seccomp"], p["no_new_privs"]) == (uid, 2, 1)


def test_a_grant_is_told_while_it_is_in_force_and_no_longer():
    documents = [d.facts for d in chain()]
    granted = [d["grants"] for d in documents if d["grants"]]
    assert granted, [d["cause"] for d in documents]
    label = machine().result("label", "granted")
    for grants in granted:
        assert [g["container"] for g in grants] == ["granted"]
        assert int(grants[0]["capabilities"], 16) == 1 << 12
        assert grants[0]["label"] == label
    assert not documents[0]["grants"] and not documents[-1]["grants"]


def test_the_chain_is_whole_and_sealed_when_the_machine_goes_off():
    documents = chain()
    assert len(documents) >= 3
    sizes = [len(d.text) for d in documents]
    assert max(sizes) < 16384, sizes


def test_no_byte_of_a_task_is_in_the_evidence():
    for document in chain():
        assert "canary" not in document.text


def test_init_reads_nothing_that_the_policy_denies_it():
    machine().wait_off()
    denied = [r.values for r in machine().records
              if r.name == "cloister.denial"]
    assert not denied, denied
