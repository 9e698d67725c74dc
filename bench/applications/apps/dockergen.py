"""docker-gen: writes a file from containers, again after each start and stop, and sends a signal to a container."""

import re
import subprocess
import time
from collections.abc import Callable

from application import Application, Place, Row, given

TEMPLATE = """{{ if .Docker.Version }}version{{ end }} {{ if .Docker.Name }}name{{ end }}
{{ range $c := whereExist $ "Env.VIRTUAL_HOST" }}{{ $c.Name }} {{ $c.State.Running }} {{ $c.Image.Repository }} {{ $c.Env.VIRTUAL_HOST }} {{ $c.Labels.role }} {{ range $c.Networks }}{{ .Name }}{{ end }}
{{ end }}"""
RELOADED = "echo waits; trap 'echo reloads' HUP; while true; do sleep 0.2; done"


class DockerGen(Application):
    name = "docker-gen"
    source = "`DOCKER_GEN`"
    rows = (Row("PRESET=docker-gen", "", {"SystemInfo": "`.Docker` in templates is empty", "SystemVersion": "`.Docker.Version` in templates is empty"},
                dict.fromkeys(("file at start", "file of two", "file of the other"), "no values of `.Docker`")),
            Row("PRESET=docker-gen INFO=1 VERSION=1", "values of `.Docker`"))

    def install(self) -> None:
        self._program = str(given("DOCKER_GEN", "the program docker-gen"))

    def version(self) -> str:
        return subprocess.run([self._program, "-version"], capture_output=True, text=True).stdout.strip()

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "sites.tmpl").write_text(TEMPLATE)
        place.docker("run", "--detach", "--name", "server", "--stop-signal", "KILL", "busybox", "sh", "-c", RELOADED)
        place.wait("the trap of the server", lambda: "waits" in place.docker("logs", "server"))
        self._site(place, "one")
        place.start(self._program, "-watch", "-notify-sighup", "server", "sites.tmpl", "sites.txt")
        seen: dict[str, object] = {"file at start": self._file(place, lambda text: "one.example" in text)}
        place.wait("docker-gen watches", lambda: place.logged("Watching docker events"))
        self._site(place, "two")
        seen["file of two"] = self._file(place, lambda text: "two.example" in text)
        place.docker("rm", "--force", "one")
        seen["file of the other"] = self._file(place, lambda text: "one.example" not in text)
        seen["server"] = place.wait("three signals", lambda: place.docker("logs", "server").count("reloads") >= 3)
        time.sleep(11)  # docker-gen pings after ten silent seconds
        seen["log"] = sorted(set(re.sub(r"^\S+ \S+ ", "", line) for line in (place.folder / "log").read_text().splitlines() if "Watching" in line or "ping" in line))
        return seen

    def _site(self, place: Place, name: str) -> None:
        place.docker("run", "--detach", "--name", name, "--env", f"VIRTUAL_HOST={name}.example", "--label", f"role={name}", "--stop-signal", "KILL",
                     "busybox", "sleep", "1000")

    def _file(self, place: Place, condition: Callable[[str], bool]) -> list[str]:
        file = place.folder / "sites.txt"
        return place.wait("the file", lambda: (text := file.read_text()) and condition(text) and text.splitlines())
