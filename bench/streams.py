"""A fake daemon for bulk transfers, hijacked echoes and idle streams, which nginx cannot serve.

Argument: the path of the Unix socket to listen on.
"""

import socket
import sys
import threading

CHUNK = memoryview(bytes(1 << 18))


def main() -> None:
    threading.stack_size(1 << 18)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(8192)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection: socket.socket) -> None:
    """Answers requests in sequence until the client closes the connection."""
    with connection:
        try:
            while answer(connection):
                pass
        except OSError:
            pass  # the client closed the connection


def answer(connection: socket.socket) -> bool:
    head = b""
    while b"\r\n\r\n" not in head:
        read = connection.recv(1 << 16)
        if not read:
            return False
        head += read
    head, body = head.split(b"\r\n\r\n", 1)
    target = head.split(b" ", 2)[1]
    if b"/events" in target:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n")
        connection.recv(1)
        return False
    if b"/exec/" in target:
        connection.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        echo(connection, content_length(head) - len(body))
        return False
    if b"/get" in target:
        count = int(target.rsplit(b"=", 1)[1])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n" % count)
        send(connection, count)
        return True
    receive(connection, content_length(head) - len(body))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
    return True


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0


def echo(connection: socket.socket, body_bytes: int) -> None:
    receive(connection, body_bytes)
    buffer = memoryview(bytearray(1 << 18))
    while count := connection.recv_into(buffer):
        connection.sendall(buffer[:count])


def send(connection: socket.socket, count: int) -> None:
    while count > 0:
        connection.sendall(CHUNK[: min(count, len(CHUNK))])
        count -= len(CHUNK)


def receive(connection: socket.socket, count: int) -> None:
    """Reads and discards a number of bytes."""
    buffer = bytearray(1 << 18)
    while count > 0:
        read = connection.recv_into(buffer, min(count, len(buffer)))
        if read == 0:
            raise EOFError("the connection ended early")
        count -= read


if __name__ == "__main__":
    main()
