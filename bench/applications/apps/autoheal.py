"""Autoheal: restarts unhealthy containers that have its label."""

import re

from application import Application, Place, Row, given, require

SICK = ("--health-cmd", "test -e /tmp/well", "--health-interval", "1s", "--health-retries", "1", "--stop-signal", "KILL")
# The first start makes the container sick, each further one makes it well.
BEGIN = "test -e /tmp/started && touch /tmp/well; touch /tmp/started; exec sleep 1000"


class Autoheal(Application):
    name = "autoheal"
    source = "`AUTOHEAL`"
    packages = ("curl", "jq")
    rows = (Row("PRESET=autoheal"),)
    polls = tuple(f"container {action}" for action in ("exec_create: /bin/sh -c test -e /tmp/well", "exec_start: /bin/sh -c test -e /tmp/well", "exec_die"))

    def install(self) -> None:
        super().install()
        require("busybox")
        self._script = given("AUTOHEAL", "a checkout of docker-autoheal") / "docker-entrypoint"

    def version(self) -> str:
        return "script of 2024" if "AUTOHEAL_ONLY_MONITOR_RUNNING" in self._script.read_text() else "1.2"

    def drive(self, place: Place) -> dict[str, object]:
        for name, labels in (("labelled", ("--label", "autoheal=true")), ("unlabelled", ())):
            place.docker("run", "--detach", "--name", name, *labels, *SICK, "busybox", "sh", "-c", BEGIN)
        for name in ("labelled", "unlabelled"):
            place.wait(f"{name} is unhealthy", lambda: state(place, name)[0] == "unhealthy")
        place.start("busybox", "sh", str(self._script), "autoheal", environment={
            "DOCKER_SOCK": place.socket if place.is_unix else place.address, "AUTOHEAL_INTERVAL": "1"})
        place.wait("the container is healthy again", lambda: state(place, "labelled")[0] == "healthy")
        printed = (place.folder / "log").read_text()
        return {
            "labelled": state(place, "labelled"),
            "unlabelled": state(place, "unlabelled"),
            "printed": sorted({re.sub(r"^[\d-]+ [\d:]+ |[0-9a-f]{12}", "", line) for line in printed.splitlines() if "Container /" in line}),
        }


def state(place: Place, name: str) -> list[str]:
    return place.docker("inspect", "--format", "{{.State.Health.Status}} {{.State.Status}}", name).split()
