# SPDX-License-Identifier: MIT
"""Checks 5 to 7: privilege, audit and lifetime, supply chain."""

import json

from check import DOMAINS, check, differs

PROGRAMS = ("courier", "format", "init", "intake", "metadata", "reaper",
            "runtime", "uplink")
LIFETIME_MAX_S = 14 * 24 * 3600
NO_CAPABILITY = "0" * 16
CAPABILITY_NUMBERS = {"NET_ADMIN": 12}


# ------------------------------------------------------ 5 access and privilege

@check("5.1", "The root holds the inventory and nothing else", "R2", "R6")
def root_is_the_inventory(house):
    seen = {f.path for f in house.files}
    return [f"{p} is missing" for p in sorted(house.inventory - seen)] + \
        [f"{p} is in no inventory" for p in sorted(seen - house.inventory)], \
        f"{len(seen)} paths"


@check("5.2", "Eight programs can be executed, none of them a shell or an "
       "interpreter", "R2", "R5")
def eight_programs(house):
    seen = sorted(f.path for f in house.files
                  if f.kind == "file" and f.mode & 0o111)
    wanted = [f"/usr/lib/cloister/{name}" for name in PROGRAMS]
    return differs("programs", seen, wanted) + \
        [f"{f.path} is no program" for f in house.files
         if f.path in wanted and not f.elf], ", ".join(seen)


@check("5.3", "No file has a set-id bit, or can be written by others",
       "R2", "R6")
def modes_are_plain(house):
    return [f"{f.path} has mode {f.mode:04o}" for f in house.files
            if f.mode & 0o7022], "none of them"


@check("5.4", "All belongs to root, and is a file or a directory", "R6")
def owners_are_root(house):
    return [f"{f.path} is a {f.kind} of {f.owner}" for f in house.files
            if f.owner != "0:0" or f.kind not in ("file", "directory")], \
        "uid 0, gid 0"


@check("5.5", "Every file on the root has an SELinux label", "R7")
def files_have_labels(house):
    return [f"{f.path} has none" for f in house.files
            if not f.label.startswith("system_u:object_r:")], \
        ", ".join(sorted({f.label.split(":")[2] for f in house.files
                          if f.label.count(":") > 2}))


@check("5.6", "Every program passes every gate of hardening", "R2", "R5")
def programs_are_hard(house):
    wrong = [f"{p.name}: not {gate}" for p in house.programs
             for gate, holds in p.gates.items() if not holds]
    if len(house.programs) != len(PROGRAMS):
        wrong.append(f"{len(house.programs)} programs were looked at")
    return wrong, f"{len(house.programs)} programs"


def of_service(house, group):
    return [p for d in house.documents for p in d["processes"]
            if p["cgroup"] == group]


@check("5.7", "uplink and courier, which alone talk to the network, have no "
       "privilege", "R21")
def talkers_are_unprivileged(house):
    wrong = []
    for group, uid in (("host/uplink", 902), ("host/courier", 903)):
        processes = of_service(house, group)
        wrong += [] if processes else [f"{group} was not seen"]
        for p in processes:
            for name, wanted in (("effective", NO_CAPABILITY),
                                 ("bounding", NO_CAPABILITY),
                                 ("uid", uid), ("no_new_privs", 1),
                                 ("seccomp", 2)):
                wrong += differs(f"{group}: {name}", p[name], wanted)
    return wrong, "uid 902 and 903, no capability, no_new_privs, seccomp filter"


@check("5.8", "No process of the house can gain privilege", "R7")
def no_new_privileges(house):
    return [f"{p['cgroup']} can" for d in house.documents
            for p in d["processes"] if p["no_new_privs"] != 1], \
        "no_new_privs"


@check("5.9", "Nothing runs in the house but its programs", "R2", "R5")
def house_is_known(house):
    wrong = [f"document {d['sequence']}: {p['cgroup']}"
             for d in house.documents for p in d["processes"]
             if p["cgroup"] not in DOMAINS]
    alone = [p["cgroup"] for p in house.boot["processes"]
             if p["cgroup"] != "host/unpack"]
    wrong += [f"{group} has {alone.count(group)} processes"
              for group in sorted(set(alone)) if alone.count(group) != 1]
    return wrong, ", ".join(alone)


@check("5.10", "A grant is in force only where it was given, and only then",
       "R11", "R13")
def grants_are_given(house):
    given = {(g["task"], g["container"]): 0
             for g in house.records("grant.given")}
    for g in house.records("grant.given"):
        given[g["task"], g["container"]] |= \
            1 << CAPABILITY_NUMBERS[g["capability"]]
    seen = [(d["sequence"], g) for d in house.documents for g in d["grants"]]
    wrong = [f"document {n}: {g['container']} has {g['capabilities']}"
             for n, g in seen if int(g["capabilities"], 16) !=
             given.get((g["task"], g["container"]))]
    if not seen:
        wrong.append("the grant of the audit's task was not seen")
    for name, document in (("first", house.boot),
                           ("last", house.documents[-1])):
        if document["grants"]:
            wrong.append(f"the {name} document has grants")
    return wrong, ", ".join(sorted({f"{g['label']} {g['capabilities']}"
                                    for _, g in seen}))


@check("5.11", "Every process of the house runs behind a seccomp filter",
       "R2", "R5")
def house_is_filtered(house):
    return [f"{p['cgroup']} does not" for d in house.documents
            for p in d["processes"] if p["seccomp"] != 2], "filter"


# ------------------------------------------------------------------- 6 audit

@check("6.1", "The chain of evidence is whole, from boot to seal", "R14", "R22")
def chain_is_whole(house):
    return [house.broken] if house.broken else [], \
        f"{len(house.documents)} documents, sealed"


@check("6.2", "The evidence of the boot is of this image", "R8", "R14")
def version_is_built(house):
    seen = {house.boot["image"],
            *(r.resource.get("os.version") for r in house.statement.records)}
    return differs("version", sorted(map(str, seen)), [house.version]), \
        house.version


@check("6.3", "The kernel that runs is the one in the list of components",
       "R8", "R14")
def kernel_is_listed(house):
    names = [p["name"] for p in house.spdx["packages"]]
    return differs("kernel", house.boot["kernel"]["release"],
                   house.release) + \
        ([] if f"linux-image-{house.release}" in names else
         [f"linux-image-{house.release} is not in the SBOM"]), house.release


@check("6.4", "Nothing was lost on the way", "R22")
def nothing_is_lost(house):
    names = ("records.lost", "kernel.lost", "log.gap", "export.rejected")
    return [f"{name}: {values}" for name in names
            for values in house.records(name)], "no record of a loss"


@check("6.5", "Use of a granted capability is told", "R22")
def use_is_told(house):
    granted = {g["label"] for d in house.documents for g in d["grants"]}
    used = [u for u in house.records("grant.used")
            if u["permission"] == "net_admin"]
    return ([] if used else ["no use of NET_ADMIN was told"]) + \
        [f"{u['source']} was granted nothing" for u in used
         if u["source"] not in granted], \
        ", ".join(f"{u['source']} {u['permission']} {u['uses']}" for u in used)


@check("6.6", "The machine lives fourteen days at most", "R9")
def lifetime_is_bounded(house):
    seen = house.records("lifetime.set")
    wrong = [f"dead at {s['dead_at_s']} s" for s in seen
             if not 0 < s["drain_at_s"] <= s["dead_at_s"] <= LIFETIME_MAX_S]
    return wrong + ([] if seen else ["no lifetime was set"]), \
        ", ".join(f"drain at {s['drain_at_s']} s, end at {s['dead_at_s']} s"
                  for s in seen)


@check("6.7", "It drained and went off when its task had ended", "R20")
def drain_is_orderly(house):
    names = [r.name.removeprefix("cloister.") for r in house.statement.records
             if r.name.startswith("cloister.drain.")]
    stopped = [t for t in house.records("task.state")
               if t["state"] == "STOPPED"]
    return differs("order", names, ["drain.started", "drain.ended"]) + \
        ([] if stopped else ["no task stopped"]) + \
        ([] if house.statement.has_gone_off else ["it did not go off"]), \
        ", ".join(names)


@check("6.8", "The document that was accepted is the signed one", "R1")
def document_is_signed(house):
    seen = house.records("document.accepted")
    return differs("documents accepted", len(seen), 1) + \
        ["no key is named" for d in seen if not d["key"]], \
        ", ".join(f"key {d['key']}, serial {d['serial']}" for d in seen)


@check("6.9", "What the task knows is in its own log and nowhere else", "R4")
def canary_stays(house):
    canary = house.statement.canary
    told = json.dumps([(r.name, r.values, r.resource)
                       for r in house.statement.records] +
                      [(m.name, m.values, m.resource)
                       for m in house.statement.metrics])
    wrong = ["the canary is in records or metrics"] if canary in told else []
    if canary in house.statement.console:
        wrong.append("the canary is on the console")
    if not any(canary in log.text for log in house.statement.logs):
        wrong.append("the task's own log lacks it")
    return wrong, f"{len(house.statement.records)} records, " \
        f"{len(house.statement.metrics)} data points, " \
        f"{len(house.statement.logs)} lines of the task"


# ------------------------------------------------------------- 7 supply chain

@check("7.1", "Every component has version, hash and licence", "R8", "R14")
def components_are_complete(house):
    shipped = [p for p in house.spdx["packages"]
               if not p["SPDXID"].startswith("SPDXRef-Tool-")]
    return list(house.incomplete), f"{len(shipped)} components"


@check("7.2", "The programs on the disk are those in the list of components",
       "R8", "R14")
def programs_are_listed(house):
    listed = {p["name"]: p["checksums"][0]["checksumValue"]
              for p in house.spdx["packages"]
              if p["SPDXID"].startswith("SPDXRef-Program-")}
    on_disk = {f.path.rsplit("/", 1)[1]: f.sha256 for f in house.files
               if f.kind == "file" and f.mode & 0o111}
    return [f"{name} differs" for name in sorted({*listed, *on_disk})
            if listed.get(name) != on_disk.get(name)], \
        ", ".join(sorted(listed))
