"""skopeo with docker-daemon: images of the daemon."""

import json

from application import Application, Place, Row


class Skopeo(Application):
    name = "skopeo"
    source = "Debian"
    packages = ("skopeo",)
    rows = (Row("IMAGES=1 POST=1"),)

    def drive(self, place: Place) -> dict[str, object]:
        place.image("shop:1", "LABEL colour=blue", "RUN echo content > /made")
        daemon = place.address.replace("tcp://", "http://")
        inspected = json.loads(place.run("skopeo", "inspect", "--daemon-host", daemon, "docker-daemon:shop:1"))
        place.run("skopeo", "copy", "--src-daemon-host", daemon, "docker-daemon:shop:1", "dir:copied")
        manifest = json.loads((place.folder / "copied/manifest.json").read_text())
        place.run("skopeo", "copy", "--dest-daemon-host", daemon, "dir:copied", "docker-daemon:shop:copy")
        return {
            "inspected": [inspected["Labels"], inspected["Architecture"], len(inspected["Layers"])],
            "layers": [layer["size"] > 0 for layer in manifest["layers"]],
            "in the daemon": place.docker("run", "--name", "made", "--network", "none", "shop:copy", "cat", "/made"),
        }
