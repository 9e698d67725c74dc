"""The end-to-end tests of Compose, from the source package docker-compose, with Debian's plugin."""

import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from images import restore
from programs import must
from suite import GoSuite, debian_pool

VERSION = "2.26.1"
PLUGINS = Path("/usr/libexec/docker/cli-plugins")
PACKAGES = ["golang-github-gotestyourself-gotest.tools-dev", "golang-github-otiai10-copy-dev", "golang-github-stretchr-testify-dev", "docker-compose", "docker-buildx"]


class Compose(GoSuite):
    """The tests start the plugin. They take the address of the daemon from a context only."""

    def __init__(self, folder: Path, minutes: float) -> None:
        super().__init__("compose", folder, minutes)

    def fetch(self) -> None:
        """Downloads and unpacks the sources, and reduces the packages that the tests import to the names that they use, so that a
        build needs no library of the plugin itself."""
        tree = self.go_folder()
        if tree.exists():
            return
        archive = self.folder / f"docker-compose_{VERSION}.orig.tar.xz"
        urllib.request.urlretrieve(debian_pool("docker-compose") + archive.name, archive)
        tree.mkdir(parents=True)
        must(["tar", "-xf", str(archive), "-C", str(tree), "--strip-components=1"])
        api = (tree / "pkg/api/api.go").read_text()
        publishers = re.search(r"^type PortPublisher struct.*?^}\n", api, re.MULTILINE | re.DOTALL)[0]
        sorting = re.search(r"^type PortPublishers .*?\) Swap\(.*?^}\n", api, re.MULTILINE | re.DOTALL)[0]
        reduced = {"cmd/compose": 'package compose\n\nconst PluginName = "compose"\n', "pkg/api": f"package api\n\n{publishers}\n{sorting}"}
        for package, text in reduced.items():
            shutil.rmtree(tree / package)
            (tree / package).mkdir()
            (tree / package / "names.go").write_text(text)

    def go_folder(self) -> Path:
        return self.folder / "gopath/src/github.com/docker/compose"

    def go_package(self) -> str:
        return "pkg/e2e"

    def commands(self, address: str) -> Iterator[list[str]]:
        """Runs each test alone, because some leave containers, and some remove images that the next ones need."""
        command = super().command()
        for name in must([*command, "-test.list=."]).split():
            if name.startswith("Test"):
                restore(address)
                yield [*command, f"-test.run=^{name}$"]

    def environment(self, address: str) -> dict[str, str]:
        home = self.folder / "compose-home"
        shutil.rmtree(home, ignore_errors=True)
        plugins = home / ".docker/cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-buildx").symlink_to(PLUGINS / "docker-buildx")
        must(["docker", "context", "create", "suite", "--docker", f"host={address}"], {"DOCKER_CONFIG": str(home / ".docker")})
        return {"HOME": str(home), "DOCKER_CONTEXT": "suite", "COMPOSE_E2E_BIN_PATH": str(PLUGINS / "docker-compose")}
