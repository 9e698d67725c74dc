"""ctop: its list, the view and the log of a container, a new container, and a restart."""

import re
import subprocess

from application import Application, Place, Row, given, require
from terminal import Terminal

READING = "CONTAINERS=1 EVENTS=1 INFO=1 ALLOW_LOGS=1 PING=0 VERSION=0"


class Ctop(Application):
    name = "ctop"
    source = "`CTOP`"
    rows = (Row(READING, "reading"), Row(f"{READING} ALLOW_RESTARTS=1", "restarting"))

    def install(self) -> None:
        self._program = str(given("CTOP", "the program ctop"))
        require("tmux")

    def version(self) -> str:
        return re.findall(r"version (\S+),", subprocess.run([self._program, "-v"], capture_output=True, text=True).stdout)[0]

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "web", "--stop-signal", "KILL", "busybox",
                     "sh", "-c", "echo web begins; exec sleep 1000")
        terminal = Terminal(place, [self._program])
        try:
            return self._screens(place, terminal)
        finally:
            terminal.close()

    def _screens(self, place: Place, terminal: Terminal) -> dict[str, object]:
        seen: dict[str, object] = {"list": rows(terminal.wait_for(r"web +[0-9a-f]{12} +\d+%"))}
        terminal.send("o")
        view = terminal.wait_for(r"image +\| busybox(?s:.*)state +\| running")
        seen["view"] = re.findall(r"name +\| web|image +\| busybox|state +\| running", view)
        terminal.send("q", "l")
        seen["log"] = re.findall("web begins", terminal.wait_for("web begins"))
        terminal.send("q")
        place.docker("run", "--detach", "--name", "newcomer", "--stop-signal", "KILL", "busybox", "sleep", "1000")
        seen["new container"] = rows(terminal.wait_for(r"newcomer +[0-9a-f]{12} +\d+%"))
        place.docker("rm", "--force", "newcomer")
        seen["removed container"] = rows(terminal.wait_without("newcomer"))
        if place.row.title == "restarting":
            terminal.send("Enter")
            terminal.wait_for("restart")
            terminal.send("r")
            terminal.wait_for("restart container web")
            terminal.send("y")
            place.wait("two starts in the log of web", lambda: place.docker("logs", "web").count("web begins") == 2)
            seen["restart"] = rows(terminal.wait_for(r"web +[0-9a-f]{12} +\d+%"))
        terminal.send("q")
        terminal.wait_end()
        return seen


def rows(screen: str) -> list[str]:
    """Signs of the state, and names."""
    return [" ".join(found) for found in re.findall(r"(\S) +(\w+) +[0-9a-f]{12} ", screen)]
