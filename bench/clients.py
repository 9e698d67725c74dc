"""Load clients: wrk for requests, sockets for bulk transfers, hijacked echoes and idle streams."""

import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from streams import receive, send

TUNNEL = b"POST /v1.45/exec/e/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}"
EVENTS = b"GET /v1.45/events HTTP/1.1\r\nHost: d\r\n\r\n"
TIMEOUT_SECONDS = 60
GROUP = 100


@dataclass(frozen=True)
class Rate:
    """Result of one run of wrk: number of requests, requests per second, and latencies in milliseconds."""

    requests: int
    per_second: float
    median_ms: float
    p99_ms: float


def load(port: int, target: str, connections: int, seconds: int, script: Path | None = None) -> Rate:
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency"]
    if script:
        command += ["--script", str(script)]
    printed = subprocess.run(
        command + [f"http://127.0.0.1:{port}{target}"], check=True, capture_output=True, text=True
    ).stdout
    if "Socket errors" in printed:
        print(f"  wrk reported errors: {printed}", flush=True)
    return Rate(
        int(search(r"(\d+) requests in", printed)),
        float(search(r"Requests/sec: +([\d.]+)", printed)),
        milliseconds(search(r" 50% +(\S+)", printed)),
        milliseconds(search(r" 99% +(\S+)", printed)),
    )


def search(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"wrk printed no {pattern}: {text}")
    return found.group(1)


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def download(port: int, count: int) -> float:
    """Downloads a number of bytes; returns bytes per second."""
    with connect(port) as connection:
        begin = time.monotonic()
        connection.sendall(b"GET /v1.45/images/i/get?bytes=%d HTTP/1.1\r\nHost: d\r\n\r\n" % count)
        receive(connection, count - read_head(connection, b" 200 "))
        return count / (time.monotonic() - begin)


def upload(port: int, count: int) -> float:
    """Uploads a number of bytes; returns bytes per second."""
    with connect(port) as connection:
        begin = time.monotonic()
        connection.sendall(
            b"POST /v1.45/images/load HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
            b"Content-Length: %d\r\n\r\n" % count
        )
        send(connection, count)
        read_head(connection, b" 200 ")
        return count / (time.monotonic() - begin)


def echo(port: int, count: int) -> float:
    """Sends a number of bytes through a tunnel and receives their echo; returns bytes per second of both directions."""
    with connect(port) as connection:
        connection.sendall(TUNNEL)
        read_head(connection, b" 101 ")
        begin = time.monotonic()
        sender = threading.Thread(target=send, args=(connection, count))
        sender.start()
        receive(connection, count)
        sender.join()
        return 2 * count / (time.monotonic() - begin)


def open_idle(port: int, request: bytes, count: int) -> list[socket.socket]:
    """Opens idle streams or tunnels.

    Opens them in groups: HAProxy delays the head of each stream by 200 ms, and more simultaneous connections would overflow
    the accept queues.
    """
    opened: list[socket.socket] = []
    while len(opened) < count:
        group = [connect(port) for _ in range(min(GROUP, count - len(opened)))]
        for connection in group:
            connection.sendall(request)
        for connection in group:
            read_head(connection, b" 101 " if request == TUNNEL else b" 200 ")
        opened += group
    return opened


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)


def read_head(connection: socket.socket, status: bytes) -> int:
    """Reads the head of a response; returns the number of received body bytes."""
    head = b""
    while b"\r\n\r\n" not in head:
        read = connection.recv(1 << 16)
        if not read:
            raise EOFError(f"incomplete response: {head!r}")
        head += read
    if status not in head.split(b"\r\n", 1)[0]:
        raise ValueError(f"unexpected response: {head!r}")
    return len(head) - head.index(b"\r\n\r\n") - 4
