# SPDX-License-Identifier: MIT
"""Newer documents while the instance runs: taken if they hold, else nothing.

A server beside the collector has what the first document names as its source.
The tests run in the order of the file, each on what the one before left.
"""

import copy
import http.server
import json
import threading

import harness
import sign
from harness import probe, task, whole_document

MISSING = "the server answers with 404"
WAIT = "catch 15 0 -- pause".split()


class Source(http.server.ThreadingHTTPServer):
    """Serves `body`, with a tag that changes with it; counts the requests."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = threading.Condition()
        self.body = b""
        self.tag = 0
        self.requests = 0
        self.unchanged = 0	# answers with 304
        threading.Thread(target=self.serve_forever, daemon=True).start()

    url = property(lambda self: f"http://10.0.2.2:{self.server_port}/doc")

    def offer(self, body):
        with self.asked:
            self.body, self.tag = body, self.tag + 1

    def wait_until_asked(self, times):
        """So many requests began and were answered after this call."""
        with self.asked:
            goal = self.requests + times + 1
            assert self.asked.wait_for(lambda: self.requests >= goal,
                                       harness.TIMEOUT_S), "courier is silent"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with self.server.asked:
            body, tag = self.server.body, f'"{self.server.tag}"'
            self.server.requests += 1
            self.server.asked.notify_all()
        is_known = self.headers["If-None-Match"] == tag
        self.server.unchanged += is_known
        self.send_response(304 if is_known else 200 if body else 404)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", "0" if is_known else len(body))
        self.end_headers()
        if not is_known:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


source = Source()
SETTINGS = {"scaleInAfter": -1,
            "documents": {"url": source.url, "interval": 1}}
KEPT = task("kept", probe("kept", *WAIT))
GONE = task("gone", probe("gone", *WAIT))
CAME = task("came", probe("came", "say", "here", "--", *WAIT))

machine = harness.shared(lambda: harness.boot(
    [KEPT, GONE], instance=SETTINGS, signing={"serial": 10}, identity="i-1"))


def document(*tasks, **instance):
    """The document of the machine, with these tasks."""
    settings = copy.deepcopy(SETTINGS) | instance
    return whole_document(list(tasks), machine().collector.endpoint,
                          **settings)


def signed(values, **arguments):
    text = values if isinstance(values, bytes) else json.dumps(values).encode()
    return sign.sign(text, **{"serial": 11, **arguments})


def altered(values):
    return signed(values).replace(b'"here"', b'"HERE"')


def records(name):
    return [r.values for r in machine().records if r.name == f"cloister.{name}"]


def states():
    return [(s["family"], s["state"]) for s in records("task.state")]


def refused():
    """What is offered, the path that the refusal names."""
    fine = document(KEPT, CAME)
    unknown = document(KEPT, CAME)
    unknown["instance"]["colour"] = "red"
    padded = document(KEPT, CAME)
    padded["padding"] = "x" * (1 << 20)
    return [
        (json.dumps(fine).encode(), "signature"),
        (altered(fine), "signature"),
        (signed(fine, serial=9), "signature.serial"),
        (signed(fine, serial=10), "signature.serial"),
        (signed(fine, expires="2020-01-01T00:00:00Z"), "signature.expires"),
        (signed(fine, audience="i-2,group:other"), "signature.audience"),
        (signed(padded), "$"),
        (signed(b'{"schemaVersion": 1,'), "$"),
        (signed(unknown), "$.instance.colour"),
    ]


def test_the_first_document_is_in_force_and_nothing_else_is_there():
    machine().record("task.state", family="kept", state="RUNNING")
    machine().record("task.state", family="gone", state="RUNNING")
    machine().record("document.unreachable", url=source.url, reason=MISSING)


def test_what_does_not_hold_is_one_record_each_and_changes_nothing():
    before = states()
    for number, (body, path) in enumerate(refused(), 1):
        source.offer(body)
        machine().wait_for(
            lambda g, n=number: len(records("document.refused")) >= n,
            what=f"refusal {number}, {path}")
        source.wait_until_asked(2)
        found = [r["path"] for r in records("document.refused")]
        assert len(found) == number and found[-1] == path, found
    assert states() == before
    assert not records("document.changed")
    assert len(records("document.accepted")) == 1
    assert len([r for r in records("document.unreachable")
                if r["reason"] == MISSING]) == 1


def test_a_newer_document_starts_and_stops_the_difference():
    source.offer(signed(document(KEPT, CAME)))
    values = machine().record("document.changed", serial=11).values
    assert (values["starts"], values["stops"]) == (1, 1)
    machine().log("^here", "came")
    machine().record("task.state", family="gone", state="STOPPED")
    machine().record("task.state", family="came", state="RUNNING")
    assert states().count(("kept", "RUNNING")) == 1
    assert ("kept", "STOPPING") not in states()


def test_the_document_in_force_is_asked_for_and_changes_nothing():
    known = source.unchanged
    source.wait_until_asked(2)
    assert source.unchanged > known
    assert len(records("document.changed")) == 1


def test_the_instance_itself_does_not_change():
    network = {"address": "10.0.2.16/24", "gateway": "10.0.2.2"}
    source.offer(signed(document(KEPT, network=network), serial=12))
    path = machine().record("change.refused", serial=12).values["path"]
    assert path.startswith("$.instance.network"), path
    assert ("came", "STOPPING") not in states()


def test_the_machine_ends_as_ever():
    machine().power_button()
    assert "init: power off after drain (power-button)" in machine().wait_off()
    assert not [r for r in machine().records if r.name == "cloister.denial"]
    ended = [r for r in machine().records
             if r.name == "cloister.service.ended"]
    assert not ended, ended
