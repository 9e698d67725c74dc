"""Clients that are slow, incomplete or die. What the proxy must do is checked here or by the samples: everything is released."""

import os
import random
import secrets
import signal
import socket
import struct
import subprocess
import time

from programs import BASE
from traffic import Traffic
from wire import Connection, check, hijack, open_socket, read_all

TCP_REPAIR = 19  # linux/tcp.h: a socket in this mode closes without FIN and RST
HEADER_SECONDS = 60  # HEADER_TIMEOUT is 10 s


def reset(opened: socket.socket) -> None:
    """Closes with RST on TCP; on a Unix socket with unread data."""
    if opened.family == socket.AF_INET:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    opened.close()


def vanish(opened: socket.socket) -> None:
    """Leaves the peer with a half-open connection, as after a power failure."""
    if opened.family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    opened.close()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


class Faults:
    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def slow_reader(self) -> None:
        """Reads a download of 2 MB in small steps, to its end."""
        connection = Connection(self._traffic.address)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            connection.request("GET", f"/images/{BASE}/get")
            response = connection.getresponse()
            check(response.status == 200, f"slow download: {response.status}")
            length = 0
            while more := response.read(32768):  # raises IncompleteRead if the response is cut
                length += len(more)
                time.sleep(0.05)
            check(length > 1_000_000, f"slow download: {length} bytes")
        finally:
            connection.close()

    def slow_writer(self) -> None:
        """Sends the head of a request byte by byte."""
        with open_socket(self._traffic.address) as opened:
            for byte in get("/_ping"):
                opened.sendall(bytes([byte]))
                time.sleep(0.03)
            check(read_all(opened).startswith(b"HTTP/1.1 200"), "the slow request was not answered")

    def incomplete_head(self) -> None:
        with open_socket(self._traffic.address) as opened:
            opened.sendall(get("/_ping")[: random.randrange(1, 30)])
            begin = time.monotonic()
            answer = read_all(opened)
            check(answer.startswith(b"HTTP/1.1 408") and time.monotonic() - begin < HEADER_SECONDS, f"incomplete head: {answer[:200]!r}")

    def silent_connection(self) -> None:
        with open_socket(self._traffic.address) as opened:
            begin = time.monotonic()
            check(read_all(opened) == b"" and time.monotonic() - begin < HEADER_SECONDS, "a silent connection got an answer, or was not closed")

    def dying_download(self) -> None:
        opened = open_socket(self._traffic.address)
        try:
            opened.sendall(get(f"/images/{BASE}/get"))
            check(opened.recv(4096).startswith(b"HTTP/1.1 200"), "download")
        finally:
            random.choice([reset, socket.socket.close])(opened)

    def dying_upload(self) -> None:
        opened = open_socket(self._traffic.address)
        try:
            opened.sendall(b"POST /images/load HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n" + os.urandom(200))
            time.sleep(random.uniform(0, 1))
        finally:
            random.choice([reset, socket.socket.close])(opened)

    def dying_stream(self) -> None:
        opened = open_socket(self._traffic.address)
        try:
            opened.sendall(get(random.choice(["/events", "/containers/soak-target/stats", "/containers/soak-target/logs?follow=1&stdout=1"])))
            check(opened.recv(4096).startswith(b"HTTP/1.1 200"), "stream")
            time.sleep(random.uniform(0, 20))
        finally:
            random.choice([reset, socket.socket.close, vanish])(opened)

    def dying_tunnel(self) -> None:
        made = self._traffic.container(["cat"], OpenStdin=True)
        try:
            opened, _ = hijack(self._traffic.address, "POST", f"/containers/{made}/attach?stream=1&stdin=1&stdout=1", {"Upgrade": "tcp"})
            opened.sendall(os.urandom(1000))
            time.sleep(random.uniform(0, 5))
            random.choice([reset, socket.socket.close, vanish])(opened)
            time.sleep(random.uniform(0, 5))
        finally:
            self._traffic.remove(made)

    def dying_build(self) -> None:
        """A docker build whose processes are killed at any time of a step of 30 seconds."""
        dockerfile = f"FROM {BASE}\nRUN echo {secrets.token_hex(8)} && sleep 30\n"
        build = subprocess.Popen(["docker", "buildx", "build", "--network", "none", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env={**os.environ, "DOCKER_HOST": self._traffic.address}, start_new_session=True)
        try:
            build.stdin.write(dockerfile.encode())
            build.stdin.close()
            time.sleep(random.uniform(0, 6))
            check(build.poll() is None, f"the build ended with {build.returncode}")
        finally:
            os.killpg(build.pid, random.choice([signal.SIGKILL, signal.SIGINT]))
            build.wait(60)

    def connection_burst(self) -> None:
        """A hundred connections, each with one request, which close in any order."""
        opened = [open_socket(self._traffic.address) for _ in range(100)]
        random.shuffle(opened)
        try:
            for one in opened:
                one.sendall(get("/_ping"))
            for one in opened:
                check(read_all(one).startswith(b"HTTP/1.1 200"), "a request of a burst was not answered")
        finally:
            for one in opened:
                one.close()
