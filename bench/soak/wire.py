"""HTTP, hijacked connections and WebSocket, on TCP and on Unix sockets."""

import base64
import http.client
import json
import os
import socket
import struct

LIMIT_SECONDS = 180


class Failure(Exception):
    """A result that differs from the expected one."""


def check(is_right: bool, message: str) -> None:
    if not is_right:
        raise Failure(message[:600])


class Connection(http.client.HTTPConnection):
    """HTTP connection to an address of the form tcp://host:port or unix:///path."""

    def __init__(self, address: str, timeout: float = LIMIT_SECONDS) -> None:
        super().__init__("localhost", timeout=timeout)
        self._address = address

    def connect(self) -> None:
        self.sock = open_socket(self._address, self.timeout)

    def call(self, method: str, path: str, body: bytes | dict | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        all_headers = dict(headers or {})
        if isinstance(body, dict):
            all_headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        self.request(method, path, body, all_headers)
        response = self.getresponse()
        return response.status, response.read()


def open_socket(address: str, timeout: float = LIMIT_SECONDS, source: str | None = None) -> socket.socket:
    if address.startswith("unix://"):
        opened = socket.socket(socket.AF_UNIX)
        target: object = address.removeprefix("unix://")
    else:
        opened = socket.socket(socket.AF_INET)
        host, port = address.removeprefix("tcp://").split(":")
        target = (host, int(port))
    opened.settimeout(timeout)
    try:
        if source:
            opened.bind((source, 0))
        opened.connect(target)
    except OSError:
        opened.close()
        raise
    return opened


def call(address: str, method: str, path: str, body: bytes | dict | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """One exchange on a new connection."""
    connection = Connection(address)
    try:
        return connection.call(method, path, body, headers)
    finally:
        connection.close()


def expect(address: str, statuses: set[int], method: str, path: str, body: bytes | dict | None = None) -> bytes:
    status, content = call(address, method, path, body)
    check(status in statuses, f"{method} {path}: {status} {content[:300]!r}")
    return content


def hijack(address: str, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[socket.socket, bytes]:
    """Sends an upgrade request; returns the socket and the bytes that came with the head of the 101 response."""
    opened = open_socket(address)
    try:
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: Upgrade", *[f"{name}: {value}" for name, value in headers.items()]]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        opened.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = b""
        while b"\r\n\r\n" not in head:
            more = opened.recv(65536)
            check(bool(more), f"{path}: end of stream in the head {head[:200]!r}")
            head += more
        head, _, rest = head.partition(b"\r\n\r\n")
        check(head.startswith(b"HTTP/1.1 101"), f"{path}: {head[:300]!r} {rest[:300]!r}")
        return opened, rest
    except BaseException:
        opened.close()
        raise


def read_all(opened: socket.socket, begin: bytes = b"") -> bytes:
    content = bytearray(begin)
    while more := opened.recv(65536):
        content += more
    return bytes(content)


def frames(content: bytes) -> tuple[bytes, bytes]:
    """Splits the multiplexed output of a container without a terminal into standard output and standard error."""
    streams = {1: bytearray(), 2: bytearray()}
    position = 0
    while position < len(content):
        check(len(content) - position >= 8, "the output ends in the head of a frame")
        kind, length = struct.unpack(">BxxxI", content[position : position + 8])
        check(kind in streams and len(content) - position - 8 >= length, f"malformed frame of kind {kind}, length {length}")
        streams[kind] += content[position + 8 : position + 8 + length]
        position += 8 + length
    return bytes(streams[1]), bytes(streams[2])


class WebSocket:
    """Client of a WebSocket with frames of less than 64 KiB."""

    def __init__(self, address: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket, self._received = hijack(address, "GET", path,
                                              {"Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key})

    def send(self, content: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(content))
        length = struct.pack(">B", 0x80 | len(content)) if len(content) < 126 else struct.pack(">BH", 0x80 | 126, len(content))
        self._socket.sendall(b"\x82" + length + mask + masked)

    def receive(self, length: int) -> bytes:
        content = b""
        while len(content) < length:
            head = self._take(2)
            size = head[1] & 0x7F
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(size)
            check(head[0] & 0x0F in (0, 1, 2), f"WebSocket frame {head[0]:#x} {payload[:100]!r} after {len(content)} of {length} bytes")
            content += payload
        return content

    def _take(self, length: int) -> bytes:
        while len(self._received) < length:
            more = self._socket.recv(65536)
            check(bool(more), "end of the WebSocket")
            self._received += more
        taken, self._received = self._received[:length], self._received[length:]
        return taken

    def close(self) -> None:
        self._socket.close()
