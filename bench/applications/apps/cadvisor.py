"""cAdvisor: measurements of containers with the names, labels and images that Docker has for their control groups."""

import json
import re
import subprocess

from application import Application, Place, Row, given

SETTINGS = "PRESET=cadvisor"


class Cadvisor(Application):
    name = "cadvisor"
    source = "`CADVISOR`"
    rows = (Row(SETTINGS), Row(f"{SETTINGS} IMAGES=1", "page of Docker"))

    def install(self) -> None:
        self._program = str(given("CADVISOR", "the program cadvisor"))

    def version(self) -> str:
        printed = subprocess.run([self._program, "--version"], capture_output=True, text=True)
        return re.findall(r"version (\S*)", printed.stdout + printed.stderr)[0]

    def drive(self, place: Place) -> dict[str, object]:
        for name, options in (("web", ("--label", "shop=yes")), ("doomed", ())):
            place.docker("run", "--detach", "--name", name, "--stop-signal", "KILL", "--memory", "64m", *options, "nginx:alpine")
        port = place.free_port()
        place.start(self._program, f"-docker={place.address}", "-listen_ip=127.0.0.1", f"-port={port}", "-logtostderr", "-housekeeping_interval=1s")
        page = f"http://127.0.0.1:{port}"

        def names() -> list[str]:
            return sorted(container["aliases"][0] for container in json.loads(place.get(f"{page}/api/v1.3/docker/")).values())

        place.wait("both containers", lambda: names() == ["doomed", "web"])
        web = json.loads(place.get(f"{page}/api/v1.3/docker/web"))
        [web] = web.values()
        place.docker("run", "--detach", "--name", "later", "--stop-signal", "KILL", "nginx:alpine")
        place.docker("stop", "doomed")
        place.wait("the later container", lambda: names() == ["later", "web"])
        seen: dict[str, object] = {
            "web": [web["spec"]["image"], web["spec"]["labels"], web["spec"]["memory"]["limit"], len(web["stats"]) > 0],
            "metrics": sorted(set(re.findall(r'^container_memory_usage_bytes\{.*image="(.*?)",name="(.+?)"', place.get(f"{page}/metrics"), re.MULTILINE))),
        }
        if place.row.title:
            printed = re.sub(r"<[^>]+>|\s+", " ", place.get(f"{page}/docker/"))
            seen["page"] = [text for text in ("web", "later", "Docker Version", "Storage Driver", "busybox:latest") if text in printed]
        return seen
