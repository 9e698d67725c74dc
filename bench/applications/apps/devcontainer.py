"""The dev containers CLI: opens a folder in a container, from an image and from a Dockerfile, and runs commands in it."""

import json
import re
import shutil
from pathlib import Path

from application import Application, Place, Row, npm_install, require

VERSION = "0.89.0"
WORKSPACE = Path("/var/tmp/devcontainer-workspace")  # a setting of a row has it, so it is the same in each drive
IMAGE = {"image": "busybox:latest", "postCreateCommand": "echo made > made", "remoteUser": "root", "updateRemoteUserUID": False}
BUILT = {"build": {"dockerfile": "Dockerfile"}, "containerEnv": {"PLACE": "inside"}, "mounts": ["type=volume,source=cache,target=/cache"]}


class DevContainer(Application):
    name = "devcontainer"
    source = "npm"
    packages = ("docker-buildx",)
    rows = (Row("PRESET=devcontainer", "image"),
            Row(f"PRESET=devcontainer CREATE=safe BINDS={WORKSPACE}", "image, `CREATE=safe`"),
            Row("PRESET=devcontainer BUILD=1 GRPC=1 SESSION=1", "Dockerfile", optional={"SystemInfo": "names of registries"}))

    def install(self) -> None:
        super().install()
        require("docker")
        self._program = npm_install(self.folder, f"@devcontainers/cli@{VERSION}") / ".bin/devcontainer"

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        (WORKSPACE / ".devcontainer").mkdir(parents=True)
        try:
            return self._use(place)
        finally:
            shutil.rmtree(WORKSPACE)

    def event(self, text: str) -> str:
        return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-ID", "ID", text)

    def _use(self, place: Place) -> dict[str, object]:
        is_built = place.row.title == "Dockerfile"
        (WORKSPACE / ".devcontainer/devcontainer.json").write_text(json.dumps(BUILT if is_built else IMAGE))
        (WORKSPACE / ".devcontainer/Dockerfile").write_text("FROM busybox:latest\nRUN echo built > /built\n")
        (WORKSPACE / "notes").write_text("text of the folder\n")

        def cli(command: str, *arguments: str) -> str:
            return place.run(str(self._program), command, "--workspace-folder", str(WORKSPACE), *arguments, limit=200)

        up = result(cli("up"))
        seen: dict[str, object] = {
            "up": {name: up[name] for name in ("outcome", "remoteUser", "remoteWorkspaceFolder")},
            "exec": cli("exec", "cat", "notes").splitlines()[-1],
            "again": result(cli("up"))["containerId"] == up["containerId"],
            "mounts": json.loads(place.docker("inspect", "--format", "{{json .Mounts}}", up["containerId"])) != [],
            "configuration": sorted(result(cli("read-configuration"))),
        }
        if is_built:
            seen["built"] = cli("exec", "sh", "-c", "cat /built; echo $PLACE; ls -d /cache").splitlines()[-3:]
        else:
            seen["made"] = (WORKSPACE / "made").read_text()
        place.docker("rm", "--force", up["containerId"])  # the CLI leaves a "docker run" in the background
        return seen


def result(printed: str) -> dict:
    """The line of JSON in the output of the CLI."""
    return json.loads(next(line for line in reversed(printed.splitlines()) if re.match(r'\{".*\}$', line)))
