"""docker-clean: a script that removes what is not used."""

from application import Application, Place, Row, lines


class DockerClean(Application):
    name = "docker-clean"
    source = "Debian"
    packages = ("docker-clean",)
    rows = (Row("CONTAINERS=1 IMAGES=1 NETWORKS=1 VOLUMES=1 POST=1"),)

    def drive(self, place: Place) -> dict[str, object]:
        for name in ("running", "stopped"):
            place.docker("run", "--detach", "--name", name, "--stop-signal", "KILL", "busybox", "sleep", "1000")
        place.docker("stop", "stopped")
        place.docker("network", "create", "unused")
        place.docker("volume", "create", "unused")
        place.docker("volume", "create", "--label", "x=y", "kept")
        place.docker("run", "--detach", "--name", "holder", "--volume", "kept:/data", "--stop-signal", "KILL", "busybox", "sleep", "1000")
        return {
            "dry run": lines(place.run("docker-clean", "--dry-run", "--log"), "removed", "Removed", "Would", "would"),
            "clean": lines(place.run("docker-clean", "--containers", "--networks"), ":", "removed"),
            "containers": place.docker("ps", "--all", "--format", "{{.Names}}").split(),
            "networks": place.docker("network", "ls", "--format", "{{.Name}}").split(),
            "volumes": place.docker("volume", "ls", "--format", "{{.Name}}").split(),
            "stop": lines(place.run("docker-clean", "stop"), ":", "topped"),
            "left": ["containers", *place.docker("ps", "--all", "--format", "{{.Names}}").split()],
        }
