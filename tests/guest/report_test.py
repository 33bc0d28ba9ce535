"""`make audit`: the report of a booted image, and that a browser shows it."""

import html.parser
import json
import pathlib
import re
import subprocess
import tempfile

import harness
from harness import BUILD, ROOT

# A browser run as root in a container: no sandbox of its own, nothing fetched.
BROWSER = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
           "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--no-first-run", "--hide-scrollbars",
           "--enable-logging=stderr", "--window-size=1280,3000"]
REPORT = BUILD / "audit/report.html"
SENTENCES = {}		# what is made once for all tests


def browse(page, *options):
    """What the browser says on stdout and stderr."""
    subprocess.run([ROOT / "image/deps/packages",
                    ROOT / "image/audit/packages.list"], check=True)
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [*BROWSER, f"--user-data-dir={profile}", *options,
             page.as_uri()], capture_output=True, text=True, timeout=300,
            check=True)
    return done.stdout, done.stderr


class Reader(html.parser.HTMLParser):
    """Title, rows per table and elements of a page."""

    def __init__(self, text):
        super().__init__()
        self.title, self.rows, self.tags = "", {}, []
        self._where = self._table = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._where = tag
        if tag == "table":
            self._table = dict(attrs)["id"]
            self.rows[self._table] = -1	# for the row of heads
        elif tag == "tr":
            self.rows[self._table] += 1

    def handle_data(self, data):
        if self._where == "title":
            self.title += data.strip()


def audit():
    """The report's data; the audit runs when the first test asks."""
    if "data" not in SENTENCES:
        done = subprocess.run(
            [ROOT / "image/audit/audit", BUILD, BUILD / "sample.tar"],
            capture_output=True, text=True, timeout=500, check=False)
        SENTENCES["said"], SENTENCES["status"] = done.stdout, done.returncode
        assert done.returncode in (0, 1), done.stdout + done.stderr
        SENTENCES["data"] = json.loads(REPORT.with_suffix(".json").read_text())
    return SENTENCES["data"]


def shown():
    audit()
    if "page" not in SENTENCES:
        dom, log = browse(REPORT, "--dump-dom")
        SENTENCES["page"], SENTENCES["log"] = Reader(dom), log
    return SENTENCES["page"]


def test_no_claim_has_lost_its_proof():
    lost = [c["id"] for c in audit()["claims"] if c["status"] == "lost"]
    failed = [c for c in audit()["checks"] if not c["passed"]]
    # A test of this very run may have failed, which is its own report.
    assert not failed, failed
    assert bool(lost) == bool(SENTENCES["status"]), SENTENCES["said"]


def test_the_report_holds_every_claim_and_the_evidence_itself():
    data = audit()
    assert [c["id"] for c in data["claims"]] == \
        [f"R{n}" for n in range(1, 23)]
    assert len(data["checks"]) >= 50
    document = json.loads(data["evidence"][0]["document"])
    assert document["root"]["hash"] == data["image"]["root_hash"]
    assert {p["name"] for p in data["programs"]} == \
        {"courier", "format", "init", "intake", "metadata", "reaper",
         "runtime", "uplink"}


def test_the_list_of_components_is_spdx():
    audit()
    spdx = json.loads((BUILD / "audit/sbom.spdx.json").read_text())
    assert spdx["spdxVersion"] == "SPDX-2.3"
    assert spdx["dataLicense"] == "CC0-1.0"
    for field in ("SPDXID", "name", "documentNamespace", "creationInfo"):
        assert spdx[field], field
    ids = [p["SPDXID"] for p in spdx["packages"]]
    assert len(ids) == len(set(ids))
    for package in spdx["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"])
        for field in ("name", "versionInfo", "downloadLocation",
                      "licenseDeclared", "copyrightText"):
            assert package[field], (package["name"], field)
        for entry in package.get("checksums", []):
            assert re.fullmatch("[0-9a-f]{64}", entry["checksumValue"])
    known = {*ids, "SPDXRef-DOCUMENT"}
    for relation in spdx["relationships"]:
        assert {relation["spdxElementId"],
                relation["relatedSpdxElement"]} <= known, relation


def test_a_browser_shows_all_of_it():
    page, data = shown(), audit()
    assert page.title == f"Cloister {data['image']['version']}: audit"
    assert page.rows["claims"] == 22
    assert sum(n for name, n in page.rows.items()
               if name.startswith("checks-")) == len(data["checks"])
    assert page.rows["files"] == len(data["files"])
    assert page.rows["evidence"] == len(data["evidence"])
    assert page.rows["components"] >= 20
    assert not {"script", "img", "link", "iframe"} & set(page.tags)


def test_the_browser_finds_nothing_wrong_with_it():
    shown()
    assert "CONSOLE" not in SENTENCES["log"], SENTENCES["log"]
    # ... and would say so: the page's own policy refuses what it loads.
    wrong = harness.temporary("wrong.html")
    wrong.write_text(REPORT.read_text().replace(
        "</header>", '<img src="http://127.0.0.1:9/x"></header>'))
    assert "CONSOLE" in browse(wrong, "--dump-dom")[1]


def test_the_picture_of_it_is_not_empty():
    audit()
    picture = harness.temporary("report.png")
    browse(REPORT, f"--screenshot={picture}")
    empty = harness.temporary("empty.html")
    empty.write_text("<!doctype html><title>empty</title>")
    blank = harness.temporary("blank.png")
    browse(pathlib.Path(empty), f"--screenshot={blank}")
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size > 20 * blank.stat().st_size
