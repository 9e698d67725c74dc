"""What's Up Docker: finds newer images in a registry, follows events, and updates a container by its page's button."""

import json

from application import Application, Place, Row, given
from debianregistry import ADDRESS, PACKAGE, push, start_registry


class Wud(Application):
    name = "wud"
    source = "`WUD`"
    packages = (PACKAGE,)
    rows = (Row("PRESET=wud", "watching"),
            Row("PRESET=wud POST=1 MASK=0", "updating"),
            Row(f"PRESET=wud POST=1 CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES={ADDRESS}/web", "updating, `CREATE=safe`"))

    def install(self) -> None:
        super().install()
        self._home = given("WUD", "a folder of What's Up Docker after npm ci and npm run build in app/")

    def version(self) -> str:
        changes = (self._home / "docs/changelog/README.md").read_text()
        return next(line for line in changes.splitlines() if line.startswith("## ")).removeprefix("## ")

    def drive(self, place: Place) -> dict[str, object]:
        start_registry(place)
        for version in ("1.0.0", "1.1.0"):
            push(place, f"web:{version}", f"LABEL release={version}", 'CMD ["sleep", "1000"]', "STOPSIGNAL SIGKILL")
        place.docker("image", "rm", f"{ADDRESS}/web:1.1.0")
        for network in ("front", "back"):
            place.docker("network", "create", network)
        place.docker("create", "--name", "web", "--network", "front", "--env", "PASSWORD=secret", "--restart", "on-failure:3", f"{ADDRESS}/web:1.0.0")
        place.docker("network", "connect", "--alias", "shop", "back", "web")
        place.docker("start", "web")

        port = place.free_port()
        tcp = place.address.removeprefix("tcp://").split(":")
        daemon = {"WUD_WATCHER_LOCAL_SOCKET": place.socket} if place.is_unix else {"WUD_WATCHER_LOCAL_HOST": tcp[0], "WUD_WATCHER_LOCAL_PORT": tcp[1]}
        place.start("node", str(self._home / "app/dist/index"), environment={
            **daemon, "WUD_WATCHER_LOCAL_JITTER": "0", "WUD_STORE_PATH": str(place.folder / "store"), "WUD_SERVER_PORT": str(port),
            "WUD_REGISTRY_CUSTOM_PRIVATE_URL": f"http://{ADDRESS}", "WUD_TRIGGER_DOCKER_UP_PRUNE": "true", "WUD_TRIGGER_DOCKER_UP_AUTO": "false"})
        api = f"http://127.0.0.1:{port}/api/containers"

        def containers() -> dict[str, dict]:
            return {each["name"]: each for each in json.loads(place.get(api))}

        found = place.wait("the newer image is found", lambda: containers() if "result" in containers()["web"] else {})["web"]
        seen: dict[str, object] = {"web": [found["status"], found["image"]["tag"]["value"], found["result"], found["updateAvailable"], found["updateKind"]]}
        place.wait("the events", lambda: place.logged("Listening to docker events"))
        place.docker("pause", "web")
        seen["paused"] = place.wait("the state after a pause", lambda: containers()["web"]["status"] == "paused")
        place.docker("unpause", "web")
        place.wait("the state after the pause", lambda: containers()["web"]["status"] == "running")
        place.docker("run", "--detach", "--name", "later", "--stop-signal", "KILL", f"{ADDRESS}/web:1.0.0")
        seen["later"] = place.wait("a container that was created later", lambda: containers()["later"]["result"])
        if "updating" in place.row.title:
            seen |= self._update(place, api, containers()["web"]["id"])
        return seen

    def _update(self, place: Place, api: str, web: str) -> dict[str, object]:
        place.docker("rm", "--force", "later")
        place.get(f"{api}/{web}/triggers/docker/up", body={})
        created = json.loads(place.docker("inspect", "web"))[0]
        endpoints = created["NetworkSettings"]["Networks"]
        return {
            "after the update": place.docker("inspect", "--format", "{{.Config.Image}} {{.State.Status}}", "web"),
            "environment": created["Config"]["Env"],
            "restart": created["HostConfig"]["RestartPolicy"],
            "networks": {name: sorted(set(endpoints[name]["Aliases"] or []) - {created["Id"][:12]}) for name in endpoints},
        }
