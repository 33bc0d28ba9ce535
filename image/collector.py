#!/usr/bin/env python3
"""A small OTLP/HTTP collector: receives, prints readably, saves on request.

Takes POST /v1/logs and /v1/metrics in OTLP/JSON, gzip or not. Task lines are
printed as `family/container | text`, records as `* name key=value ...`,
metrics as one `~` line per container now and then, without those that are 0. For tests it can be
stopped and started again on the same port, made to answer with a given
status, and made to hang.

As a program: image/collector.py [--port 4318] [--save lines.jsonl] [--quiet]
"""

import argparse
import gzip
import http.server
import json
import socket
import sys
import threading
import time

import otlp

METRIC_LINE_EVERY_S = 5
BODY_MAX = 64 << 20


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def collector(self):
        return self.server.collector

    def setup(self):
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self):
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_):
        pass		# requests are not news

    def reply(self, status, headers, body=b"{}"):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        length = int(self.headers["Content-Length"])
        if not 0 <= length <= BODY_MAX:
            raise ValueError(f"body of {length} bytes")
        data = self.rfile.read(length)
        if self.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if self.headers.get_content_type() != "application/json":
            raise ValueError("Content-Type is not application/json")
        return json.loads(data)

    def do_POST(self):
        try:
            request = self.body()
            if self.collector.hung():
                self.close_connection = True
                return
            status, headers = self.collector.next_answer(self.path)
            if status == 200:
                self.collector.take(self.path, request)
            self.reply(status, headers)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except (ValueError, KeyError, TypeError) as error:
            self.collector.note_error(f"{self.path}: {error!r}")
            self.reply(400, {})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Collector:
    """Receives until told otherwise. All lists only grow.

    records, logs, metrics   what came, as otlp.Record, Log, Metric
    requests                 (path, status) of every answered request
    errors                   requests that are not valid OTLP/JSON
    changed                  condition: notified whenever something comes
    """

    def __init__(self, port=0, on_item=None, save=None):
        self.port = port
        self.on_item = on_item
        self.save = save
        self.records, self.logs, self.metrics = [], [], []
        self.requests, self.errors = [], []
        self.changed = threading.Condition()
        self.server = None
        self._answer = None
        self._released = threading.Event()
        self._released.set()

    @property
    def endpoint(self):
        """The URL by which a guest on QEMU's user network reaches us."""
        return f"http://10.0.2.2:{self.port}"

    def start(self):
        """Listens; on the same port as before if it was stopped."""
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.collector = self
        self.server.connections = set()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def stop(self):
        """Refuses connections and cuts those that there are."""
        server, self.server = self.server, None
        if not server:
            return
        server.shutdown()
        server.server_close()
        for connection in list(server.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._released.set()

    def answer(self, status, retry_after=None, times=None):
        """Answers `times` requests (None: all) with `status` and drops them.

        answer(200) is the way back.
        """
        headers = {} if retry_after is None else \
            {"Retry-After": str(retry_after)}
        with self.changed:
            self._answer = None if status == 200 else [status, headers, times]

    def hang(self):
        """Reads requests and does not answer, until resume() drops them."""
        self._released.clear()

    def resume(self):
        self._released.set()

    def hung(self):
        """True, but only after the end of it, for who came while we hang."""
        if self._released.is_set():
            return False
        self._released.wait()
        return True

    def next_answer(self, path):
        with self.changed:
            status, headers = 200, {}
            if path not in ("/v1/logs", "/v1/metrics"):
                status = 404
            elif self._answer:
                status, headers, times = self._answer
                if times is not None:
                    self._answer[2] = times - 1
                    if times <= 1:
                        self._answer = None
            self.requests.append((path, status))
            self.changed.notify_all()
            return status, headers

    def note_error(self, text):
        with self.changed:
            self.errors.append(text)
            self.changed.notify_all()

    def take(self, path, request):
        if path == "/v1/logs":
            items = list(otlp.logs(request))
        else:
            items = list(otlp.metrics(request))
        with self.changed:
            if self.save:
                self.save.write(json.dumps({"path": path, **request}) + "\n")
                self.save.flush()
            for item in items:
                self._keep(item)
            self.changed.notify_all()

    def _keep(self, item):
        lists = {otlp.Record: self.records, otlp.Log: self.logs,
                 otlp.Metric: self.metrics}
        lists[type(item)].append(item)
        if self.on_item:
            self.on_item(item)

    def wait_for(self, predicate, timeout):
        """Waits until predicate(self) is true; gives its value, or None."""
        with self.changed:
            return self.changed.wait_for(lambda: predicate(self), timeout) \
                or None


class Printer:
    """Prints items; metrics of one container at most every few seconds."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.pending = {}	# container -> {metric: value}
        self.printed = {}	# container -> time

    def __call__(self, item):
        if isinstance(item, otlp.Metric):
            self._metric(item)
        else:
            print(item, file=self.out, flush=True)

    def _metric(self, item):
        family, container = otlp.container_of(item.resource)
        who = f"{family}/{container}" if container else "instance"
        line = self.pending.setdefault(who, {})
        label = ",".join(str(v) for v in item.values.values())
        name = f"{item.name}{{{label}}}" if label else item.name
        if name not in line:
            line[name] = item.value
            return
        # The same metric again: a round is complete.
        now = time.monotonic()
        if now - self.printed.get(who, -METRIC_LINE_EVERY_S) \
                >= METRIC_LINE_EVERY_S:
            self.printed[who] = now
            self._line(who)
        self.pending[who] = {name: item.value}

    def _line(self, who):
        pairs = " ".join(f"{k}={v:.12g}" for k, v in
                         self.pending[who].items() if v)
        if pairs:
            print(f"~ {who} {pairs}", file=self.out, flush=True)

    def close(self):
        """Prints what every container's metrics came to at last."""
        for who in self.pending:
            self._line(who)
        self.pending = {}


def main():
    parser = argparse.ArgumentParser(description="Receives OTLP/HTTP JSON.")
    parser.add_argument("--port", type=int, default=4318)
    parser.add_argument("--save", help="append requests here as JSON lines")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    save = open(args.save, "a", encoding="utf-8") if args.save else None
    printer = None if args.quiet else Printer()
    collector = Collector(args.port, printer, save).start()
    print(f"collector: port {collector.port}", file=sys.stderr)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        collector.stop()


if __name__ == "__main__":
    main()
