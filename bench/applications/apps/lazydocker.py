"""lazydocker: its panels and tabs, a new container, and a restart."""

import re
import subprocess
from pathlib import Path

from application import Application, Place, Row, given, require
from terminal import Terminal

MASKED = {"env": "`MASK`", "config": "`MASK`", "top": "`MASK`"}
OPTIONAL = {"SystemInfo": "the docker CLI asks at docker compose version"}


class LazyDocker(Application):
    name = "lazydocker"
    source = "`LAZYDOCKER`"
    rows = (Row("PRESET=lazydocker", "reading", OPTIONAL, MASKED), Row("PRESET=lazydocker ALLOW_RESTARTS=1 MASK=0", "restarting", OPTIONAL))
    polls = ("container top",)

    def install(self) -> None:
        self._program = str(given("LAZYDOCKER", "the program lazydocker"))
        require("tmux")

    def version(self) -> str:
        printed = subprocess.run([self._program, "--version"], capture_output=True, text=True).stdout
        return printed.splitlines()[0].removeprefix("Version: ")

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("volume", "create", "shelf")
        place.docker("run", "--detach", "--name", "web", "--env", "COLOUR=green", "--volume", "shelf:/shelf", "--stop-signal", "KILL", "busybox",
                     "sh", "-c", "echo web begins; exec sleep 1000")
        terminal = Terminal(place, [self._program])
        try:
            return self._screens(place, terminal)
        finally:
            terminal.close()

    def _screens(self, place: Place, terminal: Terminal) -> dict[str, object]:
        start = terminal.wait_for(r"running +web(?s:.*)bridge bridge")
        seen: dict[str, object] = {"panels": [panel(start, title) for title in ("Containers", "Images", "Volumes", "Networks")]}
        terminal.send("3")
        seen["logs"] = matched(terminal.wait_for("web begins"), "web begins")
        terminal.send("]")
        stats = terminal.wait_for(r"PIDs: 1(?s:.*)ClientStats")
        seen["stats"] = re.findall(r"CPU \(%\)|Memory \(%\)|PIDs: 1|ClientStats", stats)
        terminal.send("]")
        seen["env"] = matched(terminal.wait_for("COLOUR"), "COLOUR: +\\S+")
        terminal.send("]")
        seen["config"] = matched(terminal.wait_for("Full details"), "Name: +web|Command: .*\\S|Mounts: *")
        terminal.send("]")
        seen["top"] = matched(terminal.wait_for("UID +PID"), "sleep 1000")
        terminal.send("4")
        seen["image"] = matched(terminal.wait_for("TAG +SIZE"), "Name: +\\S+")
        terminal.send("5")
        seen["volume"] = matched(terminal.wait_for("Name: +shelf"), "Name: +shelf|Driver: +local")
        terminal.send("6")
        seen["network"] = matched(terminal.wait_for("Driver: +bridge"), "Name: +bridge|Driver: +bridge")
        place.docker("run", "--detach", "--name", "newcomer", "--stop-signal", "KILL", "busybox", "sleep", "1000")
        seen["new container"] = panel(terminal.wait_for("running +newcomer"), "Containers")
        place.docker("rm", "--force", "newcomer")
        seen["removed container"] = panel(terminal.wait_without("newcomer"), "Containers")
        if place.row.title == "restarting":
            seen["restart"] = self._restart(place, terminal)
        terminal.send("q")
        terminal.wait_end()
        return seen

    def _restart(self, place: Place, terminal: Terminal) -> object:
        terminal.send("3", "[", "[", "[", "[")
        terminal.wait_for("web begins")
        terminal.send("r")
        place.wait("two starts in the log of web", lambda: place.docker("logs", "web").count("web begins") == 2)
        return panel(terminal.wait_for("running +web"), "Containers")


def panel(screen: str, title: str) -> list[str]:
    """Rows of a panel on the left, without the use of the processor."""
    begin = screen.index(f"]─{title}─")
    inner = screen[begin: screen.index("╰─", begin)].splitlines()[1:]
    rows = (re.sub(r"-?\d+\.\d+%", "N%", line.split("│")[1]).strip() for line in inner)
    return [re.sub(" +", " ", row) for row in rows if row]


def matched(screen: str, pattern: str) -> list[str]:
    return re.findall(pattern, screen)
