"""Traefik: routes from the labels of containers, changed by a start and a stop."""

import json
import re
import subprocess
import urllib.error

from application import Application, Place, Row, given


class Traefik(Application):
    name = "traefik"
    source = "`TRAEFIK`"
    rows = (Row("PRESET=traefik"),)

    def install(self) -> None:
        self._program = str(given("TRAEFIK", "the program traefik 1.7"))

    def version(self) -> str:
        return re.findall(r"Version: +(\S+)", subprocess.run([self._program, "version"], capture_output=True, text=True).stdout)[0]

    def drive(self, place: Place) -> dict[str, object]:
        self._site(place, "one")
        port, api = place.free_port(), place.free_port()
        place.start(self._program, "--api", "--loglevel=INFO", f"--entrypoints=Name:web Address:127.0.0.1:{port}", "--defaultentrypoints=web",
                    f"--entrypoints=Name:traefik Address:127.0.0.1:{api}", "--docker", f"--docker.endpoint={place.address}", "--docker.watch",
                    "--docker.exposedbydefault=false")

        def page(name: str) -> str:
            return place.get(f"http://127.0.0.1:{port}/index.html", headers={"Host": f"{name}.example"})

        def status(name: str) -> int:
            try:
                page(name)
            except urllib.error.HTTPError as answer:
                return answer.code
            return 200

        seen: dict[str, object] = {"page of one": place.wait("the page of one", lambda: page("one"))}
        self._site(place, "two")
        seen["page of two"] = place.wait("the page of two", lambda: page("two"))
        seen["without a label"] = place.docker("run", "--detach", "--name", "hidden", "--stop-signal", "KILL", "nginx:alpine") and status("hidden")
        configuration = json.loads(place.get(f"http://127.0.0.1:{api}/api/providers/docker"))
        seen["frontends"] = {name: sorted(route["rule"] for route in frontend["routes"].values()) for name, frontend in configuration["frontends"].items()}
        seen["servers"] = {name: sorted(re.sub(r"//[\d.]+:", "//address:", server["url"]) for server in backend["servers"].values())
                           for name, backend in configuration["backends"].items()}
        place.docker("stop", "one")
        seen["page of the stopped one"] = place.wait("the end of the route of one", lambda: status("one") == 404 and 404)
        seen["page of two, later"] = page("two")
        seen["errors"] = ["errors:", *(line for line in (place.folder / "log").read_text().splitlines() if "level=error" in line)]
        return seen

    def _site(self, place: Place, name: str) -> None:
        place.docker("run", "--detach", "--name", name, "--label", "traefik.enable=true", "--label", f"traefik.frontend.rule=Host:{name}.example",
                     "--label", "traefik.port=80", "--stop-signal", "KILL", "nginx:alpine")
