"""What the kernel's audit says arrives as records, bounded and counted."""

import harness
from harness import probe, task

FLOOD = 3000	# denials, as fast as they come; the kernel prints 200 in 5 s
UNLIMITED = 100	# denials at once that uplink reports one by one, and
PER_SECOND = 10	# how many more each second


def grants(*capabilities):
    return {"linuxParameters": {"capabilities": {"add": list(capabilities)}}}


def chain(*verbs):
    words = []
    for verb in verbs:
        words += ["--"] * bool(words) + verb.split()
    return words


machine = harness.shared(lambda: harness.boot(
    instance={"privilegedCapabilities": ["NET_ADMIN", "BPF"]}, tasks=[
        task("killed", probe("killed", *chain("label", "seccomp-kill"))),
        task("net", probe("net", *chain("label", *["net-admin"] * 5),
                          **grants("NET_ADMIN"))),
        task("bpf", probe("bpf", *chain("label", "bpf-map"),
                          **grants("BPF"))),
        task("plain", probe("plain", *chain("label", "net-admin"))),
        task("flood", probe("flood", *chain(
            "label", f"knock {FLOOD} /proc/sysrq-trigger",
            # One more when the kernel's five seconds are over makes it tell.
            "sleep 6000", "knock 1 /proc/sysrq-trigger", "exit 0")))]))


def label(container):
    return machine().result("label", container)


def all_of(name, **values):
    machine().wait_off()
    return [r.values for r in machine().records if r.name == f"cloister.{name}"
            and all(r.values[k] == v for k, v in values.items())]


def test_a_process_killed_by_seccomp_is_a_record():
    assert machine().result("seccomp-kill", "killed") == "signal 31"
    kill = machine().record("seccomp.kill", source=label("killed")).values
    assert (kill["syscall"], kill["signal"]) == (110, 31), kill


def test_use_of_a_grant_is_told_with_its_count():
    used = all_of("grant.used", source=label("net"), permission="net_admin")
    assert sum(u["uses"] for u in used) >= 5, used
    assert {u["class"] for u in used} == {"capability"}
    used = all_of("grant.used", source=label("bpf"), permission="bpf")
    assert used and used[0]["class"] == "capability2", used


def test_who_was_granted_nothing_uses_nothing():
    used = [u for u in all_of("grant.used")
            if u["source"] in (label("plain"), label("killed"))]
    assert not used, used
    assert machine().result("net-admin", "plain") == "fail EPERM"


def test_the_one_policy_of_the_boot_is_told_and_no_other_change():
    assert [(c["change"], c["value"]) for c in all_of("policy.changed")] == \
        [("load", 1)]


def test_a_flood_of_denials_is_bounded_and_every_one_counted():
    assert machine().result(f"knock {FLOOD} /proc/sysrq-trigger",
                            "flood") == f"ok {FLOOD}"
    told = all_of("denial", source=label("flood"))
    assert 1 <= len(told) <= UNLIMITED + 60 * PER_SECOND, len(told)
    lost = sum(r["messages"] for r in all_of("kernel.lost"))
    others = len(all_of("denial")) - len(told)
    assert len(told) + lost >= FLOOD + 1, (len(told), lost, others)


def test_the_flood_does_not_hide_what_others_did():
    assert all_of("seccomp.kill", source=label("killed"))
    assert all_of("grant.used", source=label("bpf"))
