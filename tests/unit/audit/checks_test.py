#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every check passes where all is well and fails for what it is there for.

WRONGS has, for each check, every way to break it that the check must notice;
what one of them breaks besides is of no matter here.
"""

import dataclasses

import house
import tap

import checks


def setting(path, value="9"):
    return lambda h: h.boot["sysctls"].update({path: value})


def mount(target, **values):
    def change(h):
        for m in h.boot["mounts"]:
            if m["target"] == target:
                m.update(values)
    return change


def fact(name, value, document=0):
    return lambda h: h.documents[document].update({name: value})


def process(group, document=0, **values):
    def change(h):
        for p in h.documents[document]["processes"]:
            if p["cgroup"] == group:
                p.update(values)
    return change


def extra_process(group):
    return lambda h: h.boot["processes"].append(house.process(group, "x_t"))


def add(name, **values):
    return lambda h: h.statement.records.append(house.record(name, **values))


def drop(name):
    def change(h):
        h.statement.records = [r for r in h.statement.records
                               if r.name != f"cloister.{name}"]
    return change


def file(path, **values):
    def change(h):
        h.files[:] = [dataclasses.replace(f, **values) if f.path == path
                      else f for f in h.files]
    return change


def of_house(**values):
    return lambda h: [setattr(h, name, value)
                      for name, value in values.items()]


def of_statement(**values):
    return lambda h: [setattr(h.statement, name, value)
                      for name, value in values.items()]


def no_guard(index):
    return lambda h: h.documents[1]["guards"].pop(index)


INIT = "/usr/lib/cloister/init"
DENIAL = {"target": "x", "class": "file", "permission": "read"}
WRONGS = {
    "1.1": [mount("/", flags="rw,nosuid,nodev"), mount("/", type="ext4")],
    "1.2": [fact("root", {"hash": "00" * 32}),
            fact("root", {"hash": "00" * 32}, 2),
            of_house(root_hash="00" * 32)],
    "1.3": [fact("parameters", ["panic=-1"])],
    "1.4": [mount("/run", flags="rw,nodev,noexec")],
    "1.5": [mount("/run", flags="rw,nosuid,noexec")],
    "1.6": [mount("/run", flags="rw,nosuid,nodev")],
    "1.7": [mount("/run", label="")],
    "1.8": [mount("/proc", options="rw")],
    "2.1": [fact("policy", {"sha256": "cd" * 32, "enforcing": 0}, 1)],
    "2.2": [fact("policy", {"sha256": "00" * 32, "enforcing": 1}, 2)],
    "2.3": [add("policy.changed", change="load", value=1),
            add("policy.changed", change="enforcing", value=0),
            drop("policy.changed")],
    "2.4": [process("host/uplink", 2, domain="system_u:system_r:init_t:s0")],
    "2.5": [add("denial", source="system_u:system_r:init_t:s0", **DENIAL)],
    "3.1": [fact("lockdown", "none"), fact("lockdown", "none", 1)],
    "3.2": [fact("modules_closed", 0)],
    "3.3": [fact("parameters", house.PARAMETERS + ["init=/bin/sh"]),
            fact("parameters", house.PARAMETERS[1:])],
    "3.4": [setting("kernel/pid_max"), setting("no/such/row"),
            fact("sysctls", {})],
    "3.5": [setting("kernel/kptr_restrict"), setting("kernel/dmesg_restrict")],
    "3.6": [setting("kernel/randomize_va_space"), setting("vm/mmap_rnd_bits")],
    "3.7": [setting("kernel/yama/ptrace_scope")],
    "3.8": [setting("kernel/unprivileged_bpf_disabled"),
            setting("net/core/bpf_jit_harden")],
    "3.9": [setting("kernel/kexec_load_disabled"), setting("kernel/sysrq"),
            setting("kernel/ctrl-alt-del")],
    "3.10": [setting("kernel/panic_on_oops"), setting("kernel/panic")],
    "3.11": [setting("fs/suid_dumpable")],
    "3.12": [setting(f"fs/protected_{name}") for name in
             ("symlinks", "hardlinks", "fifos", "regular")],
    "3.13": [setting("kernel/io_uring_disabled"),
             setting("vm/unprivileged_userfaultfd")],
    "3.14": [setting("kernel/printk")],
    "4.1": [setting("net/ipv4/ip_forward"),
            setting("net/ipv6/conf/all/forwarding")],
    "4.2": [setting(f"net/ipv4/conf/{i}/{name}") for i in ("all", "default")
            for name in ("accept_redirects", "secure_redirects",
                         "send_redirects", "accept_source_route")],
    "4.3": [setting("net/ipv4/conf/all/rp_filter"),
            setting("net/ipv4/conf/default/rp_filter")],
    "4.4": [setting("net/ipv4/tcp_syncookies")],
    "4.5": [lambda h: h.documents[2]["listening"].update(tcp=1),
            fact("listening", {"tcp": 0})],
    "4.6": [no_guard(i) for i in range(len(checks.GUARDS))],
    "4.7": [of_statement(requests=[("/v1/logs", 200), ("/shell", 404)]),
            of_statement(errors=["/v1/logs: not JSON"])],
    "5.1": [lambda h: h.files.pop(), of_house(inventory=set())],
    "5.2": [file("/usr/lib/cloister/policy.bin", mode=0o555),
            file(INIT, elf=False), file(INIT, mode=0o444)],
    "5.3": [file(INIT, mode=0o4555), file(INIT, mode=0o2555),
            file(INIT, mode=0o557), file(INIT, mode=0o575)],
    "5.4": [file(INIT, owner="1:0"), file(INIT, kind="other")],
    "5.5": [file("/", label="")],
    "5.6": [lambda h: h.programs[0].gates.update({"no interpreter": False}),
            lambda h: h.programs.pop()],
    "5.7": [process(group, 1, **{name: value})
            for group in ("host/uplink", "host/courier") for name, value in
            (("effective", "1"), ("bounding", "1"), ("uid", 0),
             ("no_new_privs", 0), ("seccomp", 0))] +
           [lambda h: [d["processes"].pop() for d in h.documents]],
    "5.8": [process("host/runtime", 2, no_new_privs=0),
            process("host/init", no_new_privs=0)],
    "5.9": [extra_process("host/sshd"), extra_process("host/uplink")],
    "5.10": [drop("grant.given"), fact("grants", [], 1),
             lambda h: h.documents[1]["grants"][0].update(capabilities="f"),
             lambda h: h.boot["grants"].extend(h.documents[1]["grants"]),
             lambda h: h.documents[2]["grants"].extend(
                 h.documents[1]["grants"])],
    "5.11": [process("host/init", seccomp=0),
             process("host/runtime", 1, seccomp=1)],
    "6.1": [of_house(broken="document 2 is missing")],
    "6.2": [fact("image", "0.0"), of_house(version="0.2"),
            lambda h: h.statement.records[0].resource.update(
                {"os.version": "0.0"})],
    "6.3": [fact("kernel", {"release": "5.10"}),
            lambda h: h.spdx["packages"].pop(0)],
    "6.4": [add("records.lost", records=1), add("kernel.lost", messages=1),
            add("log.gap", lines=1), add("export.rejected", items=1)],
    "6.5": [drop("grant.used"),
            add("grant.used", source="system_u:system_r:task_t:s0:c2,c3",
                permission="net_admin", uses=1)],
    "6.6": [drop("lifetime.set"),
            add("lifetime.set", drain_at_s=1, dead_at_s=14 * 86400 + 1),
            add("lifetime.set", drain_at_s=9, dead_at_s=8)],
    "6.7": [drop("drain.ended"), drop("task.state"),
            of_statement(has_gone_off=False)],
    "6.8": [drop("document.accepted"),
            add("document.accepted", key="mine", serial=2),
            lambda h: [drop("document.accepted")(h),
                       add("document.accepted", key="", serial=1)(h)]],
    "6.9": [add("denial", source=house.CANARY),
            of_statement(console=f"x {house.CANARY}"), of_statement(logs=[])],
    "7.1": [of_house(incomplete=["zlib: no licence"])],
    "7.2": [file(INIT, sha256="00" * 32), lambda h: h.spdx["packages"].pop()],
}


def failed(h):
    return {v.check.id: v.wrong for v in checks.judge_all(h) if not v.passed}


@tap.case
def a_good_house_passes_every_check():
    assert not failed(house.good()), failed(house.good())


@tap.case
def every_check_has_something_that_it_must_notice():
    ids = [c.id for c in checks.CHECKS]
    assert len(ids) == len(set(ids))
    assert sorted(ids) == sorted(WRONGS), set(ids) ^ set(WRONGS)


@tap.case
def every_wrong_fails_its_check():
    for number, wrongs in WRONGS.items():
        for i, put in enumerate(wrongs):
            h = house.good()
            put(h)
            assert number in failed(h), (number, i)


@tap.case
def a_check_that_cannot_be_judged_has_failed():
    h = house.good()
    h.documents = []
    assert len(failed(h)) > len(checks.CHECKS) / 2


@tap.case
def what_runtime_mounts_for_a_moment_is_not_the_house():
    h = house.good()
    mount("/data/mapped", flags="rw", label="")(h)
    assert not failed(h)


@tap.case
def a_task_that_is_denied_is_no_denial_of_the_house():
    h = house.good()
    add("denial", source="system_u:system_r:task_t:s0:c1,c2", **DENIAL)(h)
    assert not failed(h)


if __name__ == "__main__":
    tap.main("audit_checks")
