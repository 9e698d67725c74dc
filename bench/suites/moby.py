"""The integration tests of moby and the end-to-end tests of docker/cli, from the source package docker.io."""

import os
import re
import urllib.request
from pathlib import Path

from programs import must
from suite import GoSuite, debian_pool

VERSION = "26.1.5+dfsg1"
REVISION = "9"
PACKAGES = {"moby": ["container", "image", "volume", "system", "session"], "cli": ["container", "image", "system", "global"]}
FOLDERS = {"moby": ("docker", "integration"), "cli": ("cli", "e2e")}


class MobySource:
    """The sources of moby, docker/cli and BuildKit, with Debian's patches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self) -> None:
        """Downloads, unpacks and patches the sources, once."""
        tree = self._folder / "gopath/src/github.com"
        if (tree / "moby/buildkit").exists():
            return
        names = [f"docker.io_{VERSION}.orig.tar.xz", f"docker.io_{VERSION}.orig-cli.tar.xz", f"docker.io_{VERSION}.orig-buildkit.tar.xz",
                 f"docker.io_{VERSION}-{REVISION}.debian.tar.xz", f"docker.io_{VERSION}-{REVISION}.dsc"]
        pool = debian_pool("docker.io")
        for name in names:
            urllib.request.urlretrieve(pool + name.replace("+", "%2B"), self._folder / name)
        source = self._folder / "source"
        for name, target, strip in [(names[0], ".", 2), (names[1], "cli", 2), (names[2], "buildkit", 2), (names[3], ".", 0)]:
            (source / target).mkdir(parents=True, exist_ok=True)
            must(["tar", "-xf", str(self._folder / name), "-C", str(source / target), f"--strip-components={strip}"])
        for patch in (source / "debian/patches/series").read_text().splitlines():
            if patch and not patch.startswith("#"):
                must(["patch", "-p1", "-s", "-d", str(source), "-i", str(source / "debian/patches" / patch)])
        (tree / "docker").mkdir(parents=True, exist_ok=True)
        (tree / "moby").mkdir()
        (source / "engine").rename(tree / "docker/docker")
        (source / "cli").rename(tree / "docker/cli")
        (source / "buildkit").rename(tree / "moby/buildkit")

    def build_dependencies(self) -> str:
        self.fetch()
        text = (self._folder / f"docker.io_{VERSION}-{REVISION}.dsc").read_text()
        return re.search(r"^Build-Depends: (.*)$", text, re.MULTILINE)[1]


class Moby(GoSuite):
    """One package of tests. Tests that start a daemon of their own are skipped (DOCKER_REMOTE_DAEMON)."""

    def __init__(self, folder: Path, minutes: float, source: MobySource, project: str, package: str) -> None:
        super().__init__(f"{project}-{package}", folder, minutes)
        self._source = source
        self._project = project
        self._package = package

    def fetch(self) -> None:
        self._source.fetch()

    def go_folder(self) -> Path:
        return self.folder / "gopath/src/github.com/docker" / FOLDERS[self._project][0]

    def go_package(self) -> str:
        return f"{FOLDERS[self._project][1]}/{self._package}"

    def environment(self, address: str) -> dict[str, str]:
        # Daemons that tests start themselves would need a containerd; they fail at once instead of after a minute.
        stub = self.folder / "no-daemon/dockerd"
        stub.parent.mkdir(exist_ok=True)
        stub.write_text("#!/bin/sh\nexit 1\n")
        stub.chmod(0o755)
        return {**super().environment(address), "PATH": f"{stub.parent}:{os.environ['PATH']}", "TEST_DOCKER_HOST": address, "DOCKER_REMOTE_DAEMON": "1"}
