"""sen: containers and images on a terminal."""

import re

from application import Application, Place, Row, lines
from terminal import Terminal

RANDOM = re.compile(r"\b[0-9a-f]{12,64}\b|(Up )?(\d+|a|an|Less than a) (second|minute)s?( ago)?|\[\d+\]")



class Sen(Application):
    name = "sen"
    source = "Debian"
    packages = ("sen",)
    rows = (Row("CONTAINERS=1 EVENTS=1 IMAGES=1 ALLOW_LOGS=1 ALLOW_TOP=1"),)
    polls = ("container top",)

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "web", "--stop-signal", "KILL", "busybox", "sh", "-c", "echo web begins; exec sleep 1000")
        terminal = Terminal(place, ["sen"])
        try:
            first = terminal.wait_for("/web")
            place.docker("run", "--detach", "--name", "late", "--stop-signal", "KILL", "busybox", "sleep", "1000")
            terminal.send("@")  # lists again
            second = terminal.wait_for("/late")
            terminal.send("Enter")
            detail = terminal.wait_for("Labels|Command|Networks")
            return {"first": shown(first, "/web"), "second": shown(second, "/web", "/late"), "detail": shown(detail, "Status", "Command", "Name ", "[")}
        finally:
            terminal.close()


def shown(screen: str, *parts: str) -> list[str]:
    return sorted(re.sub(r"\s+", " ", RANDOM.sub("", line)) for line in lines(screen, *parts))
