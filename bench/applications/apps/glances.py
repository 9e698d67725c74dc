"""Glances: containers and their statistics, by its web server's API and on its screen."""

import json

from application import Application, Place, Row, lines


class Glances(Application):
    name = "glances"
    source = "Debian"
    packages = ("glances", "python3-docker", "python3-dateutil", "python3-requests")
    rows = (Row("PRESET=glances", optional={"ImageInspect": "names of images"}, differs={"images": "Glances shows none without IMAGES"}),
            Row("PRESET=glances IMAGES=1", title="names of images"))

    def drive(self, place: Place) -> dict[str, object]:
        for name in ("web", "database"):
            place.docker("run", "--detach", "--name", name, "--memory", "64m", "--stop-signal", "KILL", "nginx:alpine", "sh", "-c", "while :; do :; done")
        place.docker("pause", "database")
        port = place.free_port()
        place.start("glances", "--webserver", "--bind", "127.0.0.1", "--port", str(port), "--disable-webui", "--disable-check-update", "--time", "1")

        def containers() -> list[dict]:
            found = json.loads(place.get(f"http://127.0.0.1:{port}/api/4/containers"))
            return found if len(found) == 2 and all(each["memory_usage"] for each in found) and any(each["cpu_percent"] for each in found) else []

        seen = place.wait("containers with statistics", containers)
        printed = place.run("glances", "--stdout-json", "containers", "--stop-after", "3", "--disable-check-update")
        return {
            "containers": sorted((each["name"], each["status"], each["command"], each["memory"]["limit"]) for each in seen),
            "images": sorted(each["image"] for each in seen),
            "busy": sorted(each["name"] for each in seen if each["cpu_percent"] > 1),
            "printed": sorted({name for name in ("web", "database") if lines(printed, f'"name":"{name}"', f'"name": "{name}"')}),
        }
