"""Hostile clients of one profile, each with an address of its own, and what the innocent clients of the other profiles do meanwhile."""

import io
import json
import os
import random
import secrets
import socket
import struct
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

from programs import BASE, run
from traffic import Traffic
from wire import Connection, check, open_socket

SECRET = "S3cr3tPw9"
BIG_LABEL = "soak.big"
MARKER = "***masked-by-socket-proxy***"
CALLS = ["/moby.buildkit.v1.Control/Solve", "/moby.buildkit.v1.Control/Status", "/moby.buildkit.v1.Control/ListWorkers", "/moby.buildkit.v1.Control/DiskUsage",
         "/moby.buildkit.v1.frontend.LLBBridge/Solve", "/moby.buildkit.v1.frontend.LLBBridge/ReadFile", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/no.such/Method"]


def frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content


def head(stream: int, fields: list[tuple[str, str]]) -> bytes:
    block = b"".join(b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in fields)
    return frame(1, 4, stream, block)


def mutated() -> bytes:
    """A message of protobuf with random fields, some of whose bytes are changed."""
    message = bytearray()
    for _ in range(random.randrange(0, 12)):
        content = random.choice([os.urandom(random.randrange(0, 60)), b"\x0a\x04name\x12\x05value", secrets.token_hex(12).encode()])
        message += random.choice([bytes([random.randrange(1, 16) << 3 | 2, len(content)]) + content, bytes([random.randrange(1, 16) << 3]) + b"\xff" * random.randrange(0, 9) + b"\x01"])
    for _ in range(random.randrange(0, 4)):
        if message:
            message[random.randrange(len(message))] = random.randrange(256)
    return bytes(message)


def special_archive() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=random.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])) as archive:
        for index in range(random.randrange(0, 20)):
            entry = tarfile.TarInfo(f"file{index}")
            entry.size = random.randrange(0, 3000)
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
        entry = tarfile.TarInfo(random.choice(["Dockerfile", "disk", "../outside", "a" * 90]))
        entry.type = random.choice([tarfile.BLKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
        entry.devmajor, entry.devminor = 8, 0
        archive.addfile(entry)
    return content.getvalue()


class Attacks:
    """The operations of hostile clients. A check fails if an attack succeeds, or if the decision fails (500)."""

    def __init__(self, traffic: Traffic) -> None:
        self._listeners = traffic.proxy.listeners

    def _open(self, listener: str = "hostile") -> socket.socket:
        return open_socket(self._listeners[listener], source=f"127.0.0.{random.randrange(21, 30)}")

    def _call(self, method: str, path: str, body: bytes | dict | None = None, listener: str = "hostile", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = Connection(self._listeners[listener])
        connection.sock = self._open(listener)
        try:
            status, content = connection.call(method, path, body, headers)
        finally:
            connection.close()
        check(status != 500 or b"the proxy failed" not in content, f"{method} {path}: {content[:200]!r}")
        return status, content

    def special_files(self) -> None:
        archive = special_archive()
        for method, path in [("POST", "/build?t=hostile"), ("POST", "/images/load"), ("POST", "/images/create?fromSrc=-&repo=hostile")]:
            status, content = self._call(method, path, archive, headers={"Content-Type": "application/x-tar"})
            check(status >= 400 or b'"error"' in content or b"errorDetail" in content, f"{method} {path} of a special file: {status} {content[:200]!r}")
        status, content = self._call("POST", "/containers/create", {"Image": BASE})
        if status == 201:
            made = json.loads(content)["Id"]
            status, content = self._call("PUT", f"/containers/{made}/archive?path=/tmp", archive, headers={"Content-Type": "application/x-tar"})
            self._call("DELETE", f"/containers/{made}?force=1")
            check(status >= 400, f"archive of a special file: {status} {content[:200]!r}")

    def big_labels(self) -> None:
        made = []
        text = random.choice(["", "\u0001" * 20_000, "x" * 100_000])
        for _ in range(6):
            labels = {BIG_LABEL: text} | {f"label{index}": "" for index in range(random.choice([1, 1022]))}
            status, content = self._call("POST", "/containers/create", {"Image": BASE, "Labels": labels})
            if status == 201:
                made.append(json.loads(content)["Id"])
        time.sleep(random.uniform(0, 10))
        for one in made:
            self._call("DELETE", f"/containers/{one}?force=1")

    def privileged(self) -> None:
        for config in [{"Privileged": True}, {"Binds": ["/:/host"]}, {"PidMode": "host"}, {"CapAdd": ["ALL"]}]:
            status, content = self._call("POST", "/containers/create", {"Image": BASE, "HostConfig": config})
            check(status in (403, 503), f"create of {config}: {status} {content[:200]!r}")

    def slow_bodies(self) -> None:
        opened = [self._open() for _ in range(20)]
        try:
            for one in opened:
                one.sendall(b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{\"Image\":\"" + b"x" * 60_000)
            for _ in range(random.randrange(5, 40)):
                time.sleep(1)
                for one in opened:
                    try:
                        one.sendall(b"x")
                    except OSError:
                        pass
        finally:
            for one in opened:
                one.close()

    def idle_connections(self) -> None:
        opened = []
        try:
            for _ in range(1200):
                try:
                    opened.append(open_socket(self._listeners["hostile"], source="127.0.0.30"))
                except OSError:
                    break
            time.sleep(random.uniform(1, 15))
        finally:
            for one in opened:
                one.close()

    def denied_flood(self) -> None:
        connection = Connection(self._listeners["hostile"])
        connection.sock = self._open()
        try:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                status, content = connection.call(*random.choice([("GET", "/secrets"), ("POST", "/swarm/init"), ("DELETE", "/volumes/" + secrets.token_hex(30)), ("GET", "/nothing")]))
                check(status in (403, 429), f"a denied call: {status} {content[:200]!r}")
        finally:
            connection.close()

    def masked_questions(self) -> None:
        for filters in [{"event": ["health_status", "exec_create: sh -c " + random.choice("abcm")]}, {"label": ["comment=" + secrets.token_hex(2)]}]:
            status, content = self._call("GET", "/events?since=0&until=1&filters=" + urllib.parse.quote(json.dumps(filters)), listener="masked")
            check(status == 403, f"a question about a masked value: {status} {content[:200]!r}")
        status, content = self._call("GET", "/containers/json?filters=" + urllib.parse.quote(json.dumps({"volume": ["/srv/" + SECRET]})), listener="masked")
        check(status == 403, f"a question about a masked path: {status} {content[:200]!r}")

    def hung_readers(self) -> None:
        opened = [self._open() for _ in range(40)]
        try:
            for one in opened:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.sendall(random.choice([f"GET /images/{BASE}/get", "GET /events", "GET /containers/json?all=1", "GET /containers/soak-target/stats"]).encode() + b" HTTP/1.1\r\nHost: d\r\n\r\n")
            time.sleep(random.uniform(5, 40))
        finally:
            for one in opened:
                one.close()

    def _upgrade(self, path: str, headers: str) -> socket.socket | None:
        opened = self._open()
        opened.sendall(f"POST {path} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n{headers}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = opened.recv(4096)
            if not more:
                break
            answer += more
        if not answer.startswith(b"HTTP/1.1 101"):
            opened.close()
            check(not answer.startswith(b"HTTP/1.1 500"), f"{path}: {answer[:300]!r}")
            return None
        return opened

    def mutated_calls(self) -> None:
        opened = self._upgrade("/grpc", "")
        if opened is None:
            return
        try:
            opened.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
            for call in range(random.randrange(1, 20)):
                stream, message = 1 + 2 * call, mutated()
                prefix = struct.pack(">BI", random.choice([0, 0, 0, 0, 1]), random.choice([len(message)] * 5 + [len(message) + 9, 2**31 - 1]))
                opened.sendall(head(stream, [(":method", "POST"), (":scheme", "http"), (":path", random.choice(CALLS)), (":authority", "d"), ("content-type", "application/grpc"), ("te", "trailers")])
                               + frame(0, random.choice([0, 1, 1, 1]), stream, prefix + message))
                if random.random() < 0.1:
                    opened.sendall(frame(random.randrange(0, 12), random.randrange(256), random.randrange(0, 30), os.urandom(random.randrange(0, 40))))
                time.sleep(random.uniform(0, 0.3))
            opened.settimeout(2)
            while opened.recv(65536):
                pass
        except OSError:
            pass
        finally:
            opened.close()

    def mutated_session(self) -> None:
        opened = self._upgrade("/session", f"X-Docker-Expose-Session-Uuid: {secrets.token_hex(13)}\r\nX-Docker-Expose-Session-Name: s\r\n"
                               "X-Docker-Expose-Session-Grpc-Method: /moby.filesync.v1.FileSync/DiffCopy\r\n")
        if opened is None:
            return
        try:
            opened.sendall(frame(4, 0, 0, b""))
            for _ in range(random.randrange(1, 20)):
                opened.sendall(random.choice([
                    frame(0, 0, 1, struct.pack(">BI", 0, 20) + os.urandom(20)), head(1, [(":status", "200"), ("content-type", "application/grpc")]),
                    frame(random.randrange(0, 12), random.randrange(256), random.randrange(0, 30), os.urandom(random.randrange(0, 40))), os.urandom(30)]))
                time.sleep(random.uniform(0, 0.3))
        except OSError:
            pass
        finally:
            opened.close()

    def operations(self) -> list[tuple[list, float]]:
        """Of ten clients, and the longest pause between two operations."""
        return [([self.special_files], 4), ([self.big_labels], 10), ([self.privileged], 4), ([self.slow_bodies], 5), ([self.idle_connections], 15), ([self.denied_flood], 15),
                ([self.masked_questions], 4), ([self.hung_readers], 5), ([self.mutated_calls], 3), ([self.mutated_session], 3)]


class Innocent:
    """The checked operations of the clients of three further profiles."""

    def __init__(self, traffic: Traffic) -> None:
        self._listeners = traffic.proxy.listeners

    def _call(self, listener: str, expected: int, method: str, path: str, body: bytes | dict | None = None) -> bytes:
        connection = Connection(self._listeners[listener])
        try:
            status, content = connection.call(method, path, body, {"Content-Type": "application/x-tar"} if isinstance(body, bytes) else None)
        finally:
            connection.close()
        check(status == expected, f"{listener}: {method} {path}: {status} {content[:300]!r}")
        return content

    def safe(self) -> None:
        """Creates, fills, starts and removes a container under create: safe."""
        word = secrets.token_hex(8)
        made = json.loads(self._call("safe", 201, "POST", "/containers/create", {"Image": BASE, "Cmd": ["cat", "/tmp/word"], "HostConfig": {"NetworkMode": "none"}}))["Id"]
        try:
            content = io.BytesIO()
            with tarfile.open(fileobj=content, mode="w") as archive:
                entry = tarfile.TarInfo("word")
                entry.size = len(word)
                archive.addfile(entry, io.BytesIO(word.encode()))
            self._call("safe", 200, "PUT", f"/containers/{made}/archive?path=/tmp", content.getvalue())
            self._call("safe", 204, "POST", f"/containers/{made}/start")
            self._call("safe", 200, "POST", f"/containers/{made}/wait")
            output = self._call("safe", 200, "GET", f"/containers/{made}/logs?stdout=1")
            check(word.encode() in output, f"safe: the container printed {output[:100]!r}")
        finally:
            self._call("safe", 204, "DELETE", f"/containers/{made}?force=1&v=1")

    def safe_build(self) -> None:
        """A judged build with a context."""
        word = secrets.token_hex(8)
        environment = {"DOCKER_HOST": self._listeners["safe"]}
        with tempfile.TemporaryDirectory() as context:
            Path(context, "Dockerfile").write_text(f"FROM {BASE}\nCOPY word /word\nCMD cat /word\n")
            Path(context, "word").write_text(word)
            for command in (["buildx", "build", "--load", "--network", "none", "--tag", f"soak-safe:{word}", context], ["run", "--rm", "--network", "none", f"soak-safe:{word}"], ["rmi", "--force", f"soak-safe:{word}"]):
                done = run(["docker", *command], environment)
                check(done.returncode == 0, f"docker {' '.join(command)}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
                check(command[0] != "run" or done.stdout.decode() == word, f"the built image printed {done.stdout[:100]!r}")

    def masked(self) -> None:
        for path in ("/containers/soak-target/json", "/containers/json?all=1"):
            content = self._call("masked", 200, "GET", path)
            check(SECRET.encode() not in content and (b"soak-target" in content), f"masked: {path}: {content[:200]!r}")
        check(MARKER.encode() in self._call("masked", 200, "GET", "/containers/soak-target/json"), "masked: no marker")

    def scoped(self) -> None:
        made = json.loads(self._call("scoped", 201, "POST", "/containers/create", {"Image": BASE, "HostConfig": {"NetworkMode": "none"}}))["Id"]
        try:
            listed = json.loads(self._call("scoped", 200, "GET", "/containers/json?all=1"))
            check(made in [one["Id"] for one in listed] and all(one["Labels"].get("owner") == "scoped" for one in listed), f"scoped: {listed}")
            self._call("scoped", 404, "GET", "/containers/soak-target/json")
            self._call("scoped", 404, "DELETE", "/containers/soak-target?force=1")
        finally:
            self._call("scoped", 204, "DELETE", f"/containers/{made}?force=1")

    def operations(self) -> list[tuple[list, float]]:
        return [([self.safe], 3), ([self.safe_build], 20), ([self.masked], 2), ([self.scoped], 3)]
