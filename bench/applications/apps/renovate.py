"""Renovate with binarySource=docker: looks up updates of a Dockerfile, and removes child containers that an ended run has left."""

import json

from application import Application, Place, Row, npm_install, require
from debianregistry import ADDRESS, PACKAGE, push, start_registry

VERSION = "44.121.2"
NODE = "24.21.0"


class Renovate(Application):
    name = "renovate"
    source = "npm"
    packages = (PACKAGE, "git")
    rows = (Row("CONTAINERS=1 POST=1 EVENTS=0 VERSION=0"),)

    def install(self) -> None:
        super().install()
        require("docker")
        self._modules = npm_install(self.folder, f"node@{NODE}", f"renovate@{VERSION}")

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        start_registry(place)
        for version in ("1.0.0", "1.1.0"):
            push(place, f"web:{version}", f"LABEL version={version}")
        place.docker("run", "--detach", "--name", "child", "--label", "renovate_child", "--stop-signal", "KILL", "busybox", "sleep", "1000")
        place.docker("run", "--detach", "--name", "web", "--stop-signal", "KILL", "busybox", "sleep", "1000")
        repository = place.folder / "repository"
        repository.mkdir()
        (repository / "Dockerfile").write_text(f"FROM {ADDRESS}/web:1.0.0\n")
        for command in (["init", "--quiet"], ["add", "Dockerfile"]):
            place.run("git", "-C", str(repository), *command)
        printed = place.run("env", f"--chdir={repository}", str(self._modules / "node/bin/node"), str(self._modules / "renovate/dist/renovate.js"),
                            "--platform=local", limit=200, environment={
            "RENOVATE_BINARY_SOURCE": "docker", "RENOVATE_BASE_DIR": str(place.folder / "base"), "LOG_FORMAT": "json", "LOG_LEVEL": "debug",
            "RENOVATE_HOST_RULES": json.dumps([{"matchHost": ADDRESS, "insecureRegistry": True}])})
        records = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        updates = [update["newValue"] for record in records if record["msg"] == "packageFiles with updates"
                   for file in record["config"]["dockerfile"] for dependency in file["deps"] for update in dependency["updates"]]
        return {
            "updates": updates,
            "removed": [len(record["containerIds"]) for record in records if record["msg"] == "Removing dangling child containers"],
            "containers": place.docker("ps", "--all", "--format", "{{.Names}}").split(),
        }
