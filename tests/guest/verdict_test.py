"""When `make run` says that all is well, and what it makes of a document."""

import io
import json
import socket

import otlp
import run as program


def record(name, **values):
    return otlp.Record(f"cloister.{name}", values, 9, 0, {})


WELL = [record("task.state", task="1", state="RUNNING"),
        record("task.state", task="1", state="STOPPED"),
        record("drain.ended", cause="idle")]


def test_all_tasks_stopped_and_a_drain_is_well():
    assert program.verdict(WELL, 0) is None


def test_anything_less_is_not():
    refused = record("document.refused", path="$.tasks", reason="empty")
    failed = record("task.state", task="1", family="f", state="STOPPED",
                    stop_code="TaskFailedToStart", reason="no image")
    for records, status in ((WELL, 1), (WELL[:2], 0), (WELL[2:], 0),
                            (WELL[:1] + WELL[2:], 0), ([], 0),
                            (WELL + [refused], 0), (WELL + [failed], 0),
                            (WELL + [record("placement.refused",
                                            path="$.tasks[0]",
                                            reason="too large")], 0),
                            (WELL + [record("boot.failed", step="verity",
                                            reason="no disk")], 0)):
        assert program.verdict(records, status), records


def test_without_records_the_console_tells():
    def verdict(*lines, is_here=False):
        return program.verdict([], 0, ["init: services started", *lines],
                               is_here)
    off = "init: power off after drain ({})"
    assert verdict(off.format("tasks-ended")) is None
    assert verdict(off.format("tasks-ended"), is_here=True)
    assert verdict(off.format("power-button")) is None
    assert verdict(off.format("service-failed"))
    assert verdict("init: power off: verity: no disk")
    assert verdict()
    refused = "cloister.document.refused: path=$ reason=is empty"
    assert verdict(refused, off.format("document-refused")) == \
        "document refused: $ is empty"


def prepared(document):
    text, collector, *_ = program.prepare(document, io.StringIO(), None)
    collector.stop()
    return text, collector.port


def document(endpoint):
    return json.dumps({"instance": {"telemetry": {"endpoint": endpoint}}})


def test_the_collector_takes_the_port_that_the_document_names():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = document(f"http://10.0.2.2:{port}")
    assert prepared(text) == (text, port)


def test_a_taken_port_is_replaced_in_the_document():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        text, port = prepared(
            document(f"http://10.0.2.2:{taken.getsockname()[1]}/otlp"))
        assert port != taken.getsockname()[1]
        assert json.loads(text) == json.loads(
            document(f"http://10.0.2.2:{port}/otlp"))


def test_what_is_not_a_document_goes_to_the_guest_unchanged():
    for text in ("", "[]", '{"instance": []}', '{"instance": {"telemetry": 1}}',
                 '{"instance": {"telemetry": {"endpoint": 1}}}', "\udcff{"):
        assert prepared(text)[0] == text
