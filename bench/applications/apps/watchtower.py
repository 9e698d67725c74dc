"""Watchtower: replaces a container by one of the newer image that a registry has."""

import json
import re
import subprocess

from application import Application, Place, Row, given

REGISTRY = "127.0.0.1:5005"
IMAGE = f"{REGISTRY}/shop/web:latest"
CONFIGURATION = f"""version: 0.1
http: {{addr: '{REGISTRY}'}}
storage: {{filesystem: {{rootdirectory: registry}}}}
"""
SAFE = f"PRESET=watchtower CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES={REGISTRY}/shop/**"


class Watchtower(Application):
    name = "watchtower"
    source = "`WATCHTOWER`"
    variable = "WATCHTOWER"
    packages = ("docker-registry",)
    rows = (Row("PRESET=watchtower"), Row(SAFE, "creates judged"))

    def install(self) -> None:
        super().install()
        self._program = str(given(self.variable, "the program watchtower"))

    def version(self) -> str:
        printed = subprocess.run([self._program, "--run-once", "--no-color", "--host", "unix:///nonexistent"], capture_output=True, text=True)
        return re.findall(r"Watchtower (v[\d.]+)", printed.stdout + printed.stderr)[0]

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "registry.yaml").write_text(CONFIGURATION)
        place.start("docker-registry", "serve", "registry.yaml", log="registry.log")
        place.wait("the registry", lambda: place.get(f"http://{REGISTRY}/v2/"))
        self._push(place, "2")
        self._push(place, "1")
        old = place.docker("image", "inspect", "--format", "{{.Id}}", IMAGE)
        for network in ("front", "back"):
            place.docker("network", "create", network)
        place.docker("volume", "create", "shelf")
        place.docker("run", "--detach", "--name", "web", "--network", "front", "--env", "COLOUR=green", "--volume", "shelf:/shelf", "--stop-signal", "KILL",
                     "--restart", "unless-stopped", "--label", "shop=yes", IMAGE)
        place.docker("network", "connect", "--alias", "shop", "back", "web")
        place.docker("run", "--detach", "--name", "other", "--stop-signal", "KILL", IMAGE.replace("web", "other"))
        self._push(place, "2")
        place.docker("image", "tag", old, IMAGE)
        printed = place.run(self._program, "--run-once", "--cleanup", "--no-color", "web", limit=200)
        if "Found new" not in printed:
            raise RuntimeError(f"Watchtower has found no new image: {printed}")
        if old in place.docker("image", "ls", "--all", "--quiet", "--no-trunc"):
            raise RuntimeError(f"Watchtower has not removed the old image: {printed}")
        container = json.loads(place.docker("container", "inspect", "web"))[0]
        return {
            "log of web": place.wait("the new web", lambda: "version 2" in (log := place.docker("logs", "web")) and log),
            "state": container["State"]["Status"],
            "settings": [container["Config"]["Env"], container["Config"]["Labels"], container["HostConfig"]["RestartPolicy"], container["HostConfig"]["Binds"]],
            "networks": {name: sorted(alias for alias in settings["Aliases"] or [] if alias not in container["Id"])
                         for name, settings in container["NetworkSettings"]["Networks"].items()},
            "other": place.docker("logs", "other"),
            "printed": [re.sub(r"[0-9a-f]{12,64}", "ID", line) for line in re.findall(r'level=(\w+ msg=.*)', printed)] or printed,
        }

    def event(self, text: str) -> str:
        # Watchtower creates the container with any one of its networks, and replaces that connection.
        return re.sub(r"^(network (?:dis)?connect) (?:front|back)$", r"\1 front or back", text)

    def _push(self, place: Place, version: str) -> None:
        for name in ("web", "other"):
            image = IMAGE.replace("web", name)
            place.image(image, f"ENV NAME={name} VERSION={version}", 'CMD ["sh", "-c", "echo version $VERSION; exec sleep 1000"]')
            place.docker("push", "--quiet", image)


class WatchtowerOfFedor(Watchtower):
    name = "watchtower-nicholas-fedor"
    source = "`WATCHTOWER_NICHOLAS_FEDOR`"
    variable = "WATCHTOWER_NICHOLAS_FEDOR"
    rows = tuple(Row(settings, title, {"SystemVersion": "only its first log line"}, {"printed": "the denial of SystemVersion"})
                 for settings, title in (("PRESET=watchtower", ""), (SAFE, "creates judged")))
