"""fence_docker of Pacemaker's fence agents: switches containers as if they were nodes."""

from application import Application, Place, Row


class FenceDocker(Application):
    name = "fence-agents-docker"
    source = "Debian"
    packages = ("fence-agents-docker",)
    rows = (Row("CONTAINERS=1 ALLOW_START=1 ALLOW_RESTARTS=1"),)

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "node", "busybox", "sleep", "1000")
        if place.is_unix:
            at = ("--ip", "localhost", "--unix-socket", place.socket)
        else:
            host, port = place.address.removeprefix("tcp://").split(":")
            at = ("--ip", host, "--ipport", port)
        seen: dict[str, object] = {}
        for number, action in enumerate(("status", "off", "on", "reboot", "list", "monitor")):
            printed = place.run("fence_docker", *at, "--disable-ssl", "--api-version", "1.41", "--plug", "node", "--action", action)
            seen[f"{number} {action}"] = [printed.split(",", 1)[-1] if action == "list" else printed or "no output",
                                          place.docker("inspect", "--format", "{{.State.Status}}", "node")]
        return seen
