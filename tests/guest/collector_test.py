"""The collector itself: what a test believes of the channel outward."""

import gzip
import json
import urllib.error
import urllib.request

import collector as collector_module


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


LOGS = {"resourceLogs": [{
    "resource": {"attributes": [text("aws.ecs.task.family", "web"),
                                text("container.name", "nginx")]},
    "scopeLogs": [{"logRecords": [
        {"timeUnixNano": "7", "body": {"stringValue": "hello"},
         "attributes": [text("log.iostream", "stdout")]},
        {"body": {"bytesValue": "/w=="}},
        {"eventName": "cloister.boot.ready", "severityNumber": 9,
         "attributes": [{"key": "total_ms", "value": {"intValue": "5"}}]},
    ]}]}]}

METRICS = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [
    {"name": "a", "unit": "s", "sum": {"dataPoints": [{"asDouble": 1.5}]}},
    {"name": "b", "gauge": {"dataPoints": [{"asInt": "-3"}]}},
]}]}]}


def post(collector, path, value, packed=False, timeout=5):
    """Status and headers of the answer."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {"Content-Type": "application/json"}
    if packed:
        data = gzip.compress(data)
        headers["Content-Encoding"] = "gzip"
    request = urllib.request.Request(
        f"http://127.0.0.1:{collector.port}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def fails(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except OSError:
        return True
    return False


def with_collector(test):
    def run():
        collector = collector_module.Collector().start()
        try:
            test(collector)
        finally:
            collector.stop()
    return run


@with_collector
def test_lines_records_and_points_are_told_apart(collector):
    assert post(collector, "/v1/logs", LOGS)[0] == 200
    assert post(collector, "/v1/metrics", METRICS, packed=True)[0] == 200
    first, second = collector.logs
    assert (first.family, first.container, first.stream, first.text,
            first.time_ns) == ("web", "nginx", "stdout", "hello", 7)
    assert second.text == "\\xff"
    record, = collector.records
    assert record.name == "cloister.boot.ready"
    assert record.values == {"total_ms": 5}
    assert [(m.name, m.value) for m in collector.metrics] == \
        [("a", 1.5), ("b", -3)]


@with_collector
def test_what_is_not_otlp_is_refused_and_noted(collector):
    twice = json.loads(json.dumps(LOGS))
    group = twice["resourceLogs"][0]["resource"]["attributes"]
    group.append(group[0])
    for bad in (b"{", b"[]", {}, {"resourceLogs": [{}]}, twice):
        assert post(collector, "/v1/logs", bad)[0] == 400, bad
    assert len(collector.errors) == 5
    assert not collector.logs
    assert post(collector, "/elsewhere", LOGS)[0] == 404


@with_collector
def test_it_answers_as_told_and_keeps_nothing_of_that(collector):
    collector.answer(503, retry_after=3, times=1)
    status, headers = post(collector, "/v1/logs", LOGS)
    assert (status, headers["Retry-After"]) == (503, "3")
    assert not collector.logs
    assert post(collector, "/v1/logs", LOGS)[0] == 200
    collector.answer(429)
    assert post(collector, "/v1/logs", LOGS)[0] == 429
    collector.answer(200)
    assert post(collector, "/v1/logs", LOGS)[0] == 200


@with_collector
def test_a_hanging_request_is_dropped_and_the_next_one_is_served(collector):
    collector.hang()
    assert fails(post, collector, "/v1/logs", LOGS, timeout=0.2)
    collector.resume()
    assert post(collector, "/v1/logs", LOGS)[0] == 200
    assert len(collector.records) == 1


@with_collector
def test_a_stopped_one_refuses_and_comes_back_on_its_port(collector):
    port = collector.port
    collector.stop()
    assert fails(post, collector, "/v1/logs", LOGS)
    assert collector.start().port == port
    assert post(collector, "/v1/logs", LOGS)[0] == 200
