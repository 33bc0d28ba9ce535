# SPDX-License-Identifier: MIT
"""A house in which all is well, for tests that put something wrong into it.

Every call of good() gives a new one, of plain values that may be changed.
"""

import json
import pathlib
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "image/audit"), str(ROOT / "image"),
                str(ROOT / "init")]

import check
import checks
import claims
import contents
import evidence
import otlp
import proofs
import settings
import witness

VERSION, RELEASE, HASH = "0.1+abc", "6.12.0-cloud", "ab" * 32
CANARY = "canary-0"
TASK = {"task": "aa", "container": "witness"}
LABEL = "system_u:system_r:task_net_t:s0:c0,c1"
PARAMETERS = ["panic=-1", "lockdown=integrity", f"cloister.roothash={HASH}"]
MOUNTS = (("/", "erofs", "ro,nosuid,nodev"),
          ("/proc", "proc", "rw,nosuid,nodev,noexec"),
          ("/dev", "devtmpfs", "rw,nosuid,noexec"),
          ("/run", "tmpfs", "rw,nosuid,nodev,noexec"),
          ("/data", "tmpfs", "rw,nosuid,nodev"),
          ("/data/mapped", "erofs", "ro"))	# runtime's, for a moment


def record(name, **values):
    return otlp.Record(f"cloister.{name}", values, 9, 0,
                       {"os.version": VERSION})


def process(group, domain, uid=0, capabilities="f" * 16):
    return {"cgroup": group, "pid": 1, "uid": uid,
            "domain": f"system_u:system_r:{domain}:s0",
            "effective": capabilities, "bounding": capabilities,
            "no_new_privs": 1, "seccomp": 2}


def document(sequence, grants=()):
    hooks = {name: number for number, name in checks.HOOKS.items()}
    table = settings.rows(settings.TABLE.read_text())
    return {
        "sequence": sequence, "previous": "0" * 64, "cause": "boot",
        "image": VERSION, "kernel": {"release": RELEASE},
        "root": {"hash": HASH}, "policy": {"sha256": "cd" * 32,
                                           "enforcing": 1},
        "lockdown": "integrity", "modules_closed": 1,
        "parameters": list(PARAMETERS),
        "sysctls": {name: value for kind, name, value in table
                    if kind != "boot"},
        "mounts": [{"target": target, "type": kind, "flags": flags,
                    "options": "rw,hidepid=invisible",
                    "label": "" if target == "/data/mapped"
                    else "system_u:object_r:x_t:s0"}
                   for target, kind, flags in MOUNTS],
        "listening": dict.fromkeys(
            ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix"), 0),
        "processes": [process("host/init", "init_t"),
                      process("host/runtime", "runtime_t"),
                      process("host/courier", "courier_t", 903, "0" * 16),
                      process("host/metadata", "metadata_t", 904, "0" * 16),
                      process("host/uplink", "uplink_t", 902, "0" * 16)],
        "guards": [{"cgroup": group, "hook": hooks.get(hook, 43),
                    **({} if hook in hooks else {"lsm": hook})}
                   for group, hook in sorted(checks.GUARDS)],
        "grants": list(grants),
    }


def statement():
    grant = {"permission": "net_admin", "class": "capability", "uses": 1}
    return witness.Statement(
        canary=CANARY, records=[
            record("lifetime.set", drain_at_s=100, dead_at_s=200),
            record("policy.changed", change="load", value=1),
            record("document.accepted", key="mine", serial=1),
            record("grant.given", **TASK, capability="NET_ADMIN"),
            record("grant.used", source=LABEL, **grant),
            record("task.state", task="aa", state="STOPPED"),
            record("drain.started", cause="tasks-ended"),
            record("drain.ended", cause="tasks-ended")],
        logs=[types.SimpleNamespace(text=CANARY)], metrics=[],
        requests=[("/v1/logs", 200), ("/v1/metrics", 200)], errors=[],
        console="", has_gone_off=True)


def files():
    def row(path, mode, kind="file", label="root_t"):
        return contents.File(path, kind, mode, "0:0", 1,
                             f"system_u:object_r:{label}:s0",
                             "ef" * 32 if kind == "file" else "",
                             mode & 0o111 != 0)
    return [row("/", 0o555, "directory"),
            row("/usr/lib/cloister/policy.bin", 0o444)] + [
        row(f"/usr/lib/cloister/{name}", 0o555, label=f"{name}_exec_t")
        for name in contents.PROGRAMS]


def spdx():
    def package(kind, name):
        return {"SPDXID": f"SPDXRef-{kind}-{name}", "name": name,
                "versionInfo": "1", "licenseDeclared": "MIT",
                "checksums": [{"checksumValue": "ef" * 32}]}
    return {"packages": [package("Kernel", f"linux-image-{RELEASE}"),
                         *[package("Program", n)
                           for n in contents.PROGRAMS]],
            "relationships": []}


def good():
    grant = {**TASK, "label": LABEL, "capabilities": f"{1 << 12:016x}"}
    root = files()
    return check.House(
        statement=statement(), broken="", files=root,
        documents=[document(1), document(2, [grant]), document(3)],
        programs=[contents.Program(name, 1, 2, {"no interpreter": True})
                  for name in contents.PROGRAMS],
        spdx=spdx(), incomplete=[], version=VERSION, root_hash=HASH,
        release=RELEASE, parameters=list(PARAMETERS),
        settings=dict(document(1)["sysctls"]),
        inventory={f.path for f in root})


def found(h, security=None):
    """What the audit has collected when the house is this one."""
    text = security or (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = claims.read(text)
    return {
        "made": "2026-01-01T00:00:00Z", "version": h.version,
        "root_hash": h.root_hash, "release": h.release, "claims": table,
        "proofs": {c.id: [proofs.find(ROOT, name, {}) for name in c.tests]
                   for c in table},
        "verdicts": checks.judge_all(h), "files": h.files,
        "programs": h.programs, "spdx": h.spdx,
        "documents": [evidence.Document(d["sequence"], "ab" * 32,
                                        json.dumps(d), d)
                      for d in h.documents],
    }
