"""A terminal of a fixed size for programs with a text screen, run by tmux."""

import re
import shlex
import subprocess
import time
from collections.abc import Callable

from application import Place

COLUMNS, ROWS = 150, 45
END = "the program has ended:"


class Terminal:
    """Runs a program in a tmux server of its own; keys have tmux's names, such as Enter or Down."""

    def __init__(self, place: Place, command: list[str]) -> None:
        self._socket = str(place.folder / "tmux")
        self._environment = {**place.environment, "TERM": "xterm-256color", "SHELL": "/bin/sh"}
        line = f"{shlex.join(command)} 2>error.log; echo {END} $?; sleep 1000"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(place.folder), line)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(["tmux", "-u", "-S", self._socket, *arguments], env=self._environment, check=True, capture_output=True, text=True, timeout=30).stdout

    def send(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.3)  # a program may drop keys that arrive while it draws

    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines())

    def wait_for(self, pattern: str, seconds: float = 30) -> str:
        """Returns the screen as soon as the regular expression matches a part of it."""
        return self._until(lambda screen: re.search(pattern, screen), f"no {pattern!r}", seconds)

    def wait_without(self, pattern: str, seconds: float = 30) -> str:
        return self._until(lambda screen: not re.search(pattern, screen), f"still {pattern!r}", seconds)

    def wait_end(self, code: int = 0) -> None:
        self.wait_for(f"{END} {code}")

    def _until(self, condition: Callable[[str], object], failure: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while not condition(screen := self.screen()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{failure} on the screen after {seconds:.0f} s:\n{screen}")
            time.sleep(0.2)
        return screen

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, timeout=30)
