#!/usr/bin/env python3
"""Sends a span for each record of the audit log to a collector of OpenTelemetry (OTLP 1, HTTP with JSON).

Standard input: the lines of LOG_FORMAT=json; other lines are skipped. OTEL_EXPORTER_OTLP_ENDPOINT is the base address of the
collector, by default http://localhost:4318. Exit code: 0 at the end of the input, 1 if spans were lost.
"""

import calendar
import json
import os
import queue
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request

ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318").rstrip("/") + "/v1/traces"
SPANS_AT_ONCE = 500
WAITING_SPANS = 10_000
TRIES = 4
SERVER, ERROR = 2, 2
"""Numbers of SPAN_KIND_SERVER and STATUS_CODE_ERROR."""

ATTRIBUTES = {
    "method": "http.request.method",
    "target": "url.path",
    "status": "http.response.status_code",
    "client": "client.address",
    "container": "socket_proxy.container",
    "profile": "socket_proxy.profile",
    "operation": "socket_proxy.operation",
    "decision": "socket_proxy.decision",
    "reason": "socket_proxy.reason",
    "daemonMillis": "socket_proxy.daemon_ms",
}


def span(record: dict) -> dict:
    """The proxy forwards the traceparent of the client, or one that it begins; the span is a child of it."""
    second, _, fraction = record["time"].rstrip("Z").partition(".")
    begin = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S")) * 1_000_000_000 + int(fraction.ljust(9, "0"))
    _, trace, parent, _ = record.get("trace", f"00-{secrets.token_hex(16)}--00").split("-")
    return {
        "traceId": trace,
        "spanId": secrets.token_hex(8),
        "parentSpanId": parent,
        "name": record.get("operation") or record["method"],
        "kind": SERVER,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + record["durationMillis"] * 1_000_000),
        "attributes": [
            {"key": name, "value": value(record[field])}
            for field, name in ATTRIBUTES.items()
            if record.get(field) is not None
        ],
        "status": {"code": ERROR} if (record.get("status") or 500) >= 500 else {},
    }


def value(found: object) -> dict:
    return {"intValue": str(found)} if isinstance(found, int) else {"stringValue": str(found)}


def send(spans: list) -> bool:
    """Returns false if the collector has not taken the spans after some tries."""
    service = {"key": "service.name", "value": {"stringValue": os.environ.get("OTEL_SERVICE_NAME", "socket-proxy")}}
    scope = {"scope": {"name": "socket-proxy"}, "spans": spans}
    body = json.dumps({"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [scope]}]}).encode()
    request = urllib.request.Request(ENDPOINT, body, {"Content-Type": "application/json"})
    for failed in range(TRIES):
        try:
            urllib.request.urlopen(request, timeout=10).close()
            return True
        except (OSError, urllib.error.URLError) as problem:
            print(f"{ENDPOINT}: {problem}", file=sys.stderr)
            time.sleep(2**failed / 2)
    return False


def read(waiting: queue.Queue, lost: list) -> None:
    """Reads all lines at once, so that the proxy never waits for the collector."""
    for line in sys.stdin:
        try:
            record = json.loads(line)
            if record.get("event") == "end":
                waiting.put_nowait(span(record))
        except queue.Full:
            lost[0] += 1
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    waiting.put(None)


def main() -> int:
    lost = [0]
    waiting: queue.Queue = queue.Queue(WAITING_SPANS)
    threading.Thread(target=read, args=(waiting, lost), daemon=True).start()
    is_open = True
    while is_open:
        spans = [waiting.get()]
        while len(spans) < SPANS_AT_ONCE and not waiting.empty():
            spans.append(waiting.get())
        is_open = None not in spans
        spans = [each for each in spans if each is not None]
        if spans and not send(spans):
            lost[0] += len(spans)
    if lost[0]:
        print(f"{lost[0]} spans are lost", file=sys.stderr)
    return 1 if lost[0] else 0


if __name__ == "__main__":
    sys.exit(main())
