# SPDX-License-Identifier: MIT
"""Writes the audit report: one HTML file for people, one JSON for programs.

The HTML needs nothing but itself: no script, no font, no picture.
"""

import html
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ("report.html", "report.json", "sbom.spdx.json")
PROVEN, PART, UNPROVEN, LOST = "proven", "in part", "unproven", "lost"
PENDING = "not run"	# its tests were not, on this image
SECTIONS = {"1": "File systems", "2": "Mandatory access control",
            "3": "Kernel", "4": "Network", "5": "Access and privilege",
            "6": "Audit and lifetime", "7": "Supply chain"}


def status(claim, proofs, verdicts):
    """What became of a claim, one of the words above."""
    if any(p.is_lost for p in proofs) or \
            any(not v.passed for v in verdicts):
        return LOST
    if not proofs:
        return UNPROVEN
    if any(p.is_pending for p in proofs):
        return PENDING
    return PART if claim.unproven else PROVEN


def claims_of(audit):
    """[(Claim, [Proof], [Verdict], status)] of everything that was found."""
    out = []
    for claim in audit["claims"]:
        proofs = audit["proofs"][claim.id]
        verdicts = [v for v in audit["verdicts"] if claim.id in v.check.claims]
        out.append((claim, proofs, verdicts, status(claim, proofs, verdicts)))
    return out


# ---------------------------------------------------------------------- JSON

def as_values(audit):
    """The report as Python values, for JSON."""
    return {
        "format": 1,
        "made": audit["made"],
        "image": {"version": audit["version"], "root_hash":
                  audit["root_hash"], "kernel": audit["release"]},
        "claims": [{
            "id": claim.id, "claim": claim.title, "status": state,
            "mechanism": claim.mechanism, "proof": claim.proof,
            "unproven": claim.unproven,
            "tests": [{"name": p.name, "files": p.files, "cases": p.cases,
                       "result": p.result} for p in proofs],
            "checks": [v.check.id for v in verdicts],
        } for claim, proofs, verdicts, state in claims_of(audit)],
        "checks": [{
            "id": v.check.id, "title": v.check.title,
            "claims": v.check.claims, "passed": v.passed,
            "wrong": v.wrong, "evidence": v.seen,
        } for v in audit["verdicts"]],
        "evidence": [{"sequence": d.sequence, "sha256": d.sha256,
                      "document": d.text} for d in audit["documents"]],
        "programs": [{"name": p.name, "bytes": p.size, "budget": p.budget,
                      "gates": p.gates} for p in audit["programs"]],
        "files": [{"path": f.path, "kind": f.kind, "mode": f"{f.mode:04o}",
                   "owner": f.owner, "bytes": f.size, "label": f.label,
                   "sha256": f.sha256} for f in audit["files"]],
        "sbom": "sbom.spdx.json",
    }


# ---------------------------------------------------------------------- HTML

def text(value):
    """Escaped, with `code` as the source has it."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(str(value)))


def mark(word, kind=None):
    return f'<span class="mark {kind or word}">{html.escape(word)}</span>'


def table(name, heads, rows):
    """A table of ready cells; a head that starts with # is of numbers."""
    def classes(head):
        return ' class="number"' if head.startswith("#") else ""
    top = "".join(f"<th{classes(h)}>{html.escape(h.lstrip('#'))}</th>"
                  for h in heads)
    body = "\n".join("<tr>" + "".join(row) + "</tr>" for row in rows)
    return (f'<div class="scroll"><table id="{name}"><thead><tr>{top}</tr>'
            f"</thead><tbody>\n{body}\n</tbody></table></div>")


def digest(value):
    """Of 64 digits, in two lines."""
    return f'<span class="sum">{html.escape(value)}</span>' if value else ""


def number(n):
    return f"{n:,}".replace(",", "\u202f")


def cell(content, kind=""):
    return f'<td class="{kind}">{content}</td>' if kind else \
        f"<td>{content}</td>"


def _proof(p):
    """A test with its result, and its cases for who opens it."""
    name = f"<code>{html.escape(p.name)}</code>"
    if not p.files:
        return f'{name} <span class="wrong">is gone</span>'
    if not p.cases:
        return f'{name} <span class="soft">fuzz target</span>'
    kind = {"failed": "wrong", "passed": "ran"}.get(p.result, "soft")
    claims = [case.removeprefix("test_").replace("_", " ") for case in p.cases]
    cases = "".join(f"<li>{html.escape(claim)}</li>" for claim in claims)
    return (f'<details class="cases"><summary>{name} '
            f'<span class="soft">{len(p.cases)} cases</span> '
            f'<span class="{kind}">{p.result}</span></summary>'
            f"<ul>{cases}</ul></details>")


def _proof_list(proofs):
    return '<ul class="plain">' + \
        "".join(f"<li>{_proof(p)}</li>" for p in proofs) + "</ul>"


def _claim_row(claim, proofs, verdicts, state):
    links = " ".join(
        f'<a href="#check-{v.check.id}"{"" if v.passed else " class=wrong"}>'
        f"{v.check.id}</a>" for v in verdicts)
    what = text(claim.proof) or '<span class="soft">none</span>'
    gap = f'<p class="gap">{text(claim.unproven)}</p>' if claim.unproven \
        else ""
    seen = f'<p class="soft">Checks: {links}</p>' if links else ""
    return [cell(claim.id, "id"),
            cell(mark(state, "part" if state == PART else state)),
            cell(f"<p><b>{text(claim.title)}</b></p>"
                 f'<p class="soft">{text(claim.mechanism)}</p>', "text"),
            cell(f"<p>{what}</p>{gap}{seen}", "text"),
            cell(_proof_list(proofs), "tests")]


def _claims(audit):
    return table("claims", ["Claim", "Status", "What is claimed, what does it",
                            "Proof", "Tests"],
                 [_claim_row(*row) for row in claims_of(audit)])


def _check_row(v):
    wrong = "".join(f'<p class="wrong">{text(w)}</p>' for w in v.wrong)
    return [f'<td class="id" id="check-{v.check.id}">{v.check.id}</td>',
            cell(mark("passed" if v.passed else "failed")),
            cell(text(v.check.title), "text"),
            cell(" ".join(v.check.claims)),
            cell(f"{wrong}<code>{html.escape(v.seen)}</code>", "text")]


def _checks(audit):
    out = []
    for number, title in SECTIONS.items():
        rows = [_check_row(v) for v in audit["verdicts"]
                if v.check.id.split(".")[0] == number]
        out.append(f"<h3>{number} {title}</h3>" +
                   table(f"checks-{number}", ["Check", "Result", "Title",
                                              "Claims", "Evidence"], rows))
    return "\n".join(out)


def _evidence(audit):
    rows, raw = [], []
    for d in audit["documents"]:
        rows.append([cell(d.sequence, "id"), cell(d.facts["cause"]),
                     cell(digest(d.sha256)), cell(digest(d.facts["previous"])),
                     cell(number(len(d.text)), "number")])
        shown = json.dumps(d.facts, indent=1)
        raw.append(f"<details><summary>Document {d.sequence}</summary>"
                   f"<pre>{html.escape(shown)}</pre></details>")
    return table("evidence", ["Document", "Cause", "SHA-256",
                              "SHA-256 of the one before", "#Bytes"], rows) + \
        "".join(raw)


def _processes(audit):
    return "<h3>Processes of the house</h3>" + table(
        "processes", ["Group", "Domain", "#uid", "Effective", "Bounding",
                      "no_new_privs", "seccomp"], [
            [cell(html.escape(p["cgroup"])), cell(p["domain"], "hash"),
             cell(p["uid"], "number"), cell(p["effective"], "hash"),
             cell(p["bounding"], "hash"), cell(p["no_new_privs"]),
             cell(("off", "strict", "filter")[p["seccomp"]])]
            for p in audit["documents"][0].facts["processes"]])


def _mounts(audit):
    return "<h3>Mounts</h3>" + table(
        "mounts", ["Target", "Type", "Flags", "Label"], [
            [cell(html.escape(m["target"]), "path"), cell(m["type"]),
             cell(html.escape(m["flags"])), cell(m["label"], "hash")]
            for m in audit["documents"][0].facts["mounts"]])


def _programs(audit):
    programs = audit["programs"]
    rows = [[cell(gate), *[cell(mark("yes" if p.gates[gate] else "no",
                                     "passed" if p.gates[gate] else "failed"))
                           for p in programs]] for gate in programs[0].gates]
    for name, sizes in (("size, bytes", [p.size for p in programs]),
                        ("budget, bytes", [p.budget for p in programs])):
        rows.append([cell(name), *map(cell, map(number, sizes))])
    return table("programs", ["", *[p.name for p in programs]], rows)


def _files(audit):
    return table("files", ["Path", "Mode", "#Bytes", "Label", "SHA-256"],
                 [[cell(html.escape(f.path), "path"), cell(f"{f.mode:04o}"),
                   cell(number(f.size) if f.sha256 else "", "number"),
                   cell(html.escape(f.label), "hash"),
                   cell(digest(f.sha256))] for f in audit["files"]])


def _component_row(package, users):
    sums = "".join(digest(c["checksumValue"])
                   for c in package.get("checksums", []))
    return [cell(html.escape(package["name"]), "path"),
            cell(html.escape(package["versionInfo"])),
            cell(html.escape(package["licenseDeclared"])),
            cell(html.escape(", ".join(users))), cell(sums)]


def _users(spdx):
    """{SPDXID: [programs that it is linked into]}."""
    names = {p["SPDXID"]: p["name"] for p in spdx["packages"]}
    out = {}
    for r in spdx["relationships"]:
        if r["relationshipType"] == "STATIC_LINK":
            out.setdefault(r["relatedSpdxElement"], []).append(
                names[r["spdxElementId"]])
    return out


def _components(audit):
    shipped = [p for p in audit["spdx"]["packages"]
               if not p["SPDXID"].startswith("SPDXRef-Tool-")]
    tools = [p for p in audit["spdx"]["packages"] if p not in shipped]
    heads = ["Component", "Version", "Licence", "Linked into",
             "SHA-256 of its files"]
    users = _users(audit["spdx"])
    return table("components", heads,
                 [_component_row(p, users.get(p["SPDXID"], []))
                  for p in shipped]) + \
        f"<details><summary>{len(tools)} Debian packages of the build" \
        "</summary>" + table("tools", heads[:2],
                             [_component_row(p, [])[:2] for p in tools]) + \
        "</details>"


def _tile(kind, number, word):
    return f'<div class="tile {kind}"><b>{number}</b><span>{word}</span></div>'


def _tiles(audit):
    states = [row[3] for row in claims_of(audit)]
    failed = sum(not v.passed for v in audit["verdicts"])
    return '<div class="tiles">' + "".join([
        _tile("good", states.count(PROVEN), "claims proven"),
        _tile("part", states.count(PART), "proven in part"),
        _tile("", states.count(PENDING), "with tests not run"),
        _tile("", states.count(UNPROVEN), "unproven"),
        _tile("bad" if LOST in states else "", states.count(LOST),
              "lost their proof"),
        _tile("bad" if failed else "good",
              f"{len(audit['verdicts']) - failed}/{len(audit['verdicts'])}",
              "checks passed")]) + "</div>"


def _notes(audit):
    out = []
    if any(row[3] == LOST for row in claims_of(audit)):
        out.append('<p class="note bad">A claim lost its proof. This image '
                   "must not be released.</p>")
    if "development" in audit["version"]:
        out.append('<p class="note">This image obeys documents signed with '
                   "the well-known development key.</p>")
    if any(row[3] == PENDING for row in claims_of(audit)):
        out.append('<p class="note">Not every test named here was run on '
                   "this image: <code>make test</code>, then "
                   "<code>make audit</code> again.</p>")
    return "".join(out)


PARTS = [
    ("claims", "Claims", "What the image promises, as SECURITY.md has it, "
     "with what does it and what proves it. A test's result counts if it was "
     "run on this very image.", [_claims]),
    ("checks", "Checks", "Judged from what one boot of this image said of "
     "itself, and from the image.", [_checks]),
    ("evidence-chain", "Evidence", "The documents that the booted machine "
     "sent, each with the hash of the one before, verified from first to "
     "seal. Below: processes and mounts of the first.",
     [_evidence, _processes, _mounts]),
    ("hardening", "Programs", "How the programs on the root are made.",
     [_programs]),
    ("components-list", "Components", "What the image is made of; "
     "<code>sbom.spdx.json</code> beside this report says it in SPDX 2.3.",
     [_components]),
    ("root-files", "Files", "Everything on the root, read from the disk "
     "image.", [_files]),
]


def page(audit):
    """The report as HTML."""
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in (
        ("Root hash", f'<span class="hash">{audit["root_hash"]}</span>'),
        ("Kernel", html.escape(audit["release"])),
        ("Policy", '<span class="hash">'
         f'{audit["documents"][0].facts["policy"]["sha256"]}</span>'),
        ("Made", audit["made"])))
    links = "".join(f'<li><a href="#{name}">{title}</a></li>'
                    for name, title, _, _ in PARTS)
    body = "".join(
        f'<section id="{name}"><h2>{title}</h2><p class="soft">{lead}</p>'
        + "\n".join(f(audit) for f in parts) + "</section>"
        for name, title, lead, parts in PARTS)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'">
<title>Cloister {html.escape(audit["version"])}: audit</title>
<style>
{(HERE / "report.css").read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>Audit of Cloister {html.escape(audit["version"])}</h1>
<dl class="facts">{facts}</dl>
{_tiles(audit)}{_notes(audit)}
</header>
<nav><ul>{links}</ul></nav>
<main>
{body}
</main>
<footer>Made by <code>make audit</code> from a booted image.</footer>
</body>
</html>
"""


def write(audit, directory):
    """Writes report.html, report.json and sbom.spdx.json."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)

    contents = (page(audit), json.dumps(as_values(audit), indent=1) + "\n",
                json.dumps(audit["spdx"], indent=1) + "\n")
    for name, content in zip(NAMES, contents):
        (directory / name).write_text(content, encoding="utf-8")
