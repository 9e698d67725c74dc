"""Homepage: services from labels of containers, with state and statistics."""

import json

from application import Application, Place, Row, given

LABELS = {"homepage.group": "Tools", "homepage.name": "Shop", "homepage.href": "http://shop.example/", "homepage.description": "sells"}


class Homepage(Application):
    name = "homepage"
    source = "`HOMEPAGE`"
    rows = (Row("PRESET=homepage"),)

    def install(self) -> None:
        self._home = given("HOMEPAGE", "a folder of Homepage after npm install")

    def version(self) -> str:
        return json.loads((self._home / "package.json").read_text())["version"]

    def drive(self, place: Place) -> dict[str, object]:
        labels = [argument for name, value in LABELS.items() for argument in ("--label", f"{name}={value}")]
        place.docker("run", "--detach", "--name", "shop", *labels, "--stop-signal", "KILL", "busybox", "sleep", "1000")
        place.docker("create", "--name", "idle", "busybox", "true")
        host, _, port = place.address.removeprefix("tcp://").partition(":")
        configuration = place.folder / "config"
        configuration.mkdir()
        (configuration / "docker.yaml").write_text(json.dumps({"local": {"socket": place.socket} if place.is_unix else {"host": host, "port": int(port)}}))
        page = place.free_port()
        is_built = (self._home / ".next/BUILD_ID").exists()
        place.start("env", f"--chdir={self._home}", "node_modules/.bin/next", "start" if is_built else "dev", "--port", str(page), "--hostname", "127.0.0.1",
                    environment={"HOMEPAGE_CONFIG_DIR": str(configuration), "HOMEPAGE_ALLOWED_HOSTS": f"127.0.0.1:{page}"})
        api = f"http://127.0.0.1:{page}/api"
        place.wait("the server", lambda: place.get(f"{api}/healthcheck"), limit=120)

        def answer(path: str) -> dict:
            return json.loads(place.get(f"{api}/{path}"))

        groups = place.wait("the services of the labels", lambda: answer("services"), limit=120)
        statistics = place.wait("statistics", lambda: answer("docker/stats/shop/local")["stats"], limit=120)
        return {
            "services": [[group["name"], [{name: each.get(name) for name in ("name", "href", "description", "container")} for each in group["services"]]]
                         for group in groups],
            "status": place.wait("the state", lambda: answer("docker/status/shop/local"), limit=120),
            "state of the created one": answer("docker/status/idle/local"),
            "statistics": sorted(statistics),
        }
