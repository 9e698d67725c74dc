"""The tests of the dev containers CLI (npm package @devcontainers/cli), which are in no package: they are run from a folder with its sources."""

from collections.abc import Iterator
from pathlib import Path

from checkouts import MOCHA_RESULT
from images import SHELL, restore
from programs import must
from suite import Suite

# Tests that use Docker. Those of Features and templates need a registry of the Internet.
FILES = ["cli.up", "cli.exec.buildKit.1", "cli.exec.buildKit.2", "cli.exec.nonBuildKit.1", "cli.exec.nonBuildKit.2", "cli.build", "cli.set-up", "cli",
         "dockerUtils", "dotfiles", "getEntPasswd", "imageMetadata", "updateUID"]
REGISTRY = "mcr.microsoft.com/devcontainers"
IMAGES = ["ubuntu:latest", "alpine:3.17", *(f"{REGISTRY}/{name}" for name in (
    "base:latest", "base:ubuntu", "base:alpine", "javascript-node:1-18-bookworm", "javascript-node:1-22-bookworm", "typescript-node:1-18-bookworm"))]


class DevContainers(Suite):
    """The tests call devcontainer, docker and docker compose as programs. They install the CLI from the file that `npm run package` makes."""

    def __init__(self, folder: Path, minutes: float, checkout: Path) -> None:
        super().__init__("devcontainers-cli", folder, minutes)
        self._checkout = checkout

    def build(self) -> None:
        """Nothing to build."""

    def is_built(self) -> bool:
        return any(self._checkout.glob("devcontainers-cli-*.tgz"))

    def command(self) -> list[str]:
        return [str(self._checkout / "node_modules/.bin/mocha"), "-r", "ts-node/register", "--exit", "--reporter", "tap"]

    def commands(self, address: str) -> Iterator[list[str]]:
        for name in FILES:
            yield [*self.command(), f"src/test/{name}.test.ts"]

    def working_folder(self) -> Path:
        return self._checkout

    def environment(self, address: str) -> dict[str, str]:
        return {**super().environment(address), "TS_NODE_PROJECT": "src/test/tsconfig.json", "TS_NODE_TRANSPILE_ONLY": "1", "npm_config_offline": "true"}

    def results(self, address: str, label: str) -> dict[str, str]:
        for image in IMAGES:
            must(["docker", "tag", SHELL, image], {"DOCKER_HOST": address})
        try:
            return super().results(address, label)
        finally:
            restore(address)

    def read(self, output: str) -> dict[str, str]:
        return {name: "SKIP" if skipped else "PASS" if result == "ok" else "FAIL" for result, name, skipped in MOCHA_RESULT.findall(output)}
