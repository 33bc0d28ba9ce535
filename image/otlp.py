"""Reads OTLP/JSON export requests into plain Python values.

Source: OpenTelemetry protocol, opentelemetry/proto/{logs,metrics}/v1, in the
JSON encoding of the specification: 64-bit integers are strings, bytes base64.
"""

import base64
import dataclasses


@dataclasses.dataclass
class Record:
    """One record of the house: fixed name, numbers and words."""
    name: str
    values: dict
    severity: int
    time_ns: int
    resource: dict

    def __str__(self):
        pairs = " ".join(f"{k}={v}" for k, v in self.values.items()
                         if k != "cloister.boot_ns")
        return f"* {self.name} {pairs}".rstrip()


@dataclasses.dataclass
class Log:
    """One line that a task wrote."""
    family: str
    container: str
    stream: str		# stdout or stderr
    text: str
    values: dict
    time_ns: int
    resource: dict

    def __str__(self):
        return f"{self.family}/{self.container} | {self.text}"


@dataclasses.dataclass
class Metric:
    """One data point."""
    name: str
    value: float
    unit: str
    values: dict
    time_ns: int
    resource: dict


def value_of(any_value):
    """An AnyValue as str, int, float, bool, bytes, list, dict or None."""
    for kind, value in (any_value or {}).items():
        if kind == "intValue":
            return int(value)
        if kind == "bytesValue":
            return base64.b64decode(value, validate=True)
        if kind == "arrayValue":
            return [value_of(v) for v in value.get("values", [])]
        if kind == "kvlistValue":
            return attributes(value.get("values", []))
        return value
    return None


def attributes(pairs):
    """A KeyValue list as a dict; a repeated key is an error (it is in OTLP)."""
    out = {}
    for pair in pairs:
        if pair["key"] in out:
            raise ValueError(f"attribute {pair['key']} twice")
        out[pair["key"]] = value_of(pair.get("value"))
    return out


def text_of(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)


def container_of(resource):
    """Family and container name of a resource; empty for the instance."""
    container = (resource.get("aws.ecs.container.name") or
                 resource.get("container.name") or "")
    return resource.get("aws.ecs.task.family", ""), container


def _log(entry, resource):
    values = attributes(entry.get("attributes", []))
    time_ns = int(entry.get("timeUnixNano", 0))
    also = values.pop("event.name", "")
    name = entry.get("eventName") or also
    if name:
        return Record(name, values, int(entry.get("severityNumber", 0)),
                      time_ns, resource)
    family, container = container_of(resource)
    return Log(family, container, values.get("log.iostream", ""),
               text_of(value_of(entry.get("body"))), values, time_ns, resource)


def logs(request):
    """All log records of one request, in order, as Record or Log."""
    for group in request["resourceLogs"]:
        resource = attributes(group.get("resource", {}).get("attributes", []))
        for scope in group["scopeLogs"]:
            for entry in scope["logRecords"]:
                yield _log(entry, resource)


def metrics(request):
    """All data points of one request with a single number."""
    for group in request["resourceMetrics"]:
        resource = attributes(group.get("resource", {}).get("attributes", []))
        for scope in group["scopeMetrics"]:
            for metric in scope["metrics"]:
                data = metric.get("sum") or metric.get("gauge") or {}
                for point in data.get("dataPoints", []):
                    value = (int(point["asInt"]) if "asInt" in point
                             else float(point["asDouble"]))
                    yield Metric(metric["name"], value, metric.get("unit", ""),
                                 attributes(point.get("attributes", [])),
                                 int(point.get("timeUnixNano", 0)), resource)
