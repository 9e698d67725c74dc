"""docker-loghose: prints the log lines of all containers, also of those that start later."""

import json

from application import Application, Place, Row, npm_install, require

VERSION = "1.6.5"
TALK = "while true; do echo $HOSTNAME says hello; sleep 1; done"


class DockerLoghose(Application):
    name = "docker-loghose"
    source = "npm"
    rows = (Row("CONTAINERS=1 EVENTS=1 POST=1 PING=0 VERSION=0"),)

    def install(self) -> None:
        require("node")
        self._program = npm_install(self.folder, f"docker-loghose@{VERSION}") / "docker-loghose/loghose.js"

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        talker(place, "first")
        place.start("node", str(self._program))
        place.wait("lines of the container", lambda: place.logged("first says hello"))
        talker(place, "second")
        place.wait("lines of a container that starts later", lambda: place.logged("second says hello"))
        lines = [json.loads(line) for line in (place.folder / "log").read_text().splitlines() if line.startswith("{")]
        return {"lines": sorted({(line["name"], line["image"], line["line"]) for line in lines})}


def talker(place: Place, name: str) -> None:
    place.docker("run", "--detach", "--name", name, "--hostname", name, "--stop-signal", "KILL", "busybox", "sh", "-c", TALK)
