"""A client of Socket.IO 4 by HTTP long polling, for applications whose page speaks it."""

import json
import threading
import time
import urllib.request

SEPARATOR = "\x1e"
TIMEOUT = 60


class SocketIo:
    """Calls events of the server and keeps what it sends."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/socket.io/?EIO=4&transport=polling"
        self._changed = threading.Condition()
        self._answers: dict[int, list] = {}
        self._calls = 0
        self._is_closed = False
        self.received: list[list] = []  # [event, argument …], in order
        opened = self._request()[0]
        self._url += f"&sid={json.loads(opened[1:])['sid']}"
        self._request("40")
        threading.Thread(target=self._poll, daemon=True).start()

    def call(self, event: str, *arguments: object) -> list:
        """Sends an event and returns the arguments of its acknowledgement."""
        with self._changed:
            number = self._calls
            self._calls += 1
        self._request(f"42{number}{json.dumps([event, *arguments])}")
        deadline = time.monotonic() + TIMEOUT
        with self._changed:
            while number not in self._answers:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise RuntimeError(f"no answer to {event}")
            return self._answers.pop(number)

    def send(self, event: str, *arguments: object) -> None:
        """Sends an event that the server does not acknowledge."""
        self._request(f"42{json.dumps([event, *arguments])}")

    def last(self, event: str) -> list:
        """The arguments of the newest event with this name; empty if there is none."""
        return next((arguments for name, *arguments in reversed(self.received) if name == event), [])

    def has_received(self, event: str) -> bool:
        return any(name == event for name, *_ in list(self.received))

    def close(self) -> None:
        self._is_closed = True

    def _request(self, packet: str | None = None) -> list[str]:
        data = None if packet is None else packet.encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, data, {"Content-Type": "text/plain;charset=UTF-8"}), timeout=TIMEOUT) as response:
            return response.read().decode().split(SEPARATOR)

    def _poll(self) -> None:
        try:
            while not self._is_closed:
                for packet in self._request():
                    if packet == "2":  # ping
                        self._request("3")
                    elif packet.startswith(("42", "43")):
                        self._take(packet)
        except (OSError, ValueError):
            self._is_closed = True

    def _take(self, packet: str) -> None:
        content = packet[2:]
        begin = content.index("[")
        arguments = json.loads(content[begin:])
        with self._changed:
            if packet.startswith("43"):
                self._answers[int(content[:begin])] = arguments
            else:
                self.received.append(arguments)
            self._changed.notify_all()
