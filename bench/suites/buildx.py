"""The integration tests of buildx, from the source package docker-buildx, with Debian's plugin. Tests of the docker-container driver are left
out, because they need BuildKit's image."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from compose import PLUGINS
from localproxy import LocalProxy
from programs import free_port, must
from suite import GoSuite, debian_pool
from wire import call

VERSION = "0.13.1+ds1"
PACKAGES = ["golang-github-docker-docker-dev", "golang-github-tonistiigi-vt100-dev", "docker-registry"]
WORKERS = ["docker", "docker[+]containerd"]
# The registry of the tests has stand-ins for the images of the Internet, with the machine's BusyBox.
REPLACED = [("integration_test.go", "WithMirroredImages(mirroredImages)", "WithMirroredImages(map[string]string{})"), ("build.go", "grep v1.36.1", "grep BusyBox")]
# Each test starts a dockerd with a socket of its own. The name of that socket leads to the one of the proxy, or of the daemon.
WRAPPER = """#!/bin/bash
arguments=()
for argument; do
  [ "$previous" = --host ] && {{ ln -sf {socket} "${{argument#unix://}}"; argument=unix://{daemon}; }}
  arguments+=("$argument")
  previous=$argument
done
exec {program} "${{arguments[@]}}"
"""


class Buildx(GoSuite):
    """The tests start daemons, one after the other, and a registry, which has the images that the builds need."""

    def __init__(self, folder: Path, minutes: float, variables: dict[str, str]) -> None:
        super().__init__("buildx", folder / "buildx", minutes)  # a GOPATH of its own: all libraries are Debian's, also BuildKit's
        self._variables = variables
        self._work = Path()

    def fetch(self) -> None:
        """Downloads and unpacks the sources, once."""
        tree = self.go_folder()
        if tree.exists():
            return
        self.folder.mkdir(exist_ok=True)
        archive = self.folder / f"docker-buildx_{VERSION}.orig.tar.xz"
        urllib.request.urlretrieve(debian_pool("docker-buildx") + archive.name.replace("+", "%2B"), archive)
        tree.mkdir(parents=True)
        must(["tar", "-xf", str(archive), "-C", str(tree), "--strip-components=1"])
        for file, text, replacement in REPLACED:
            test = tree / "tests" / file
            content = test.read_text()
            if text not in content:
                raise RuntimeError(f"{test} has no {text}")
            test.write_text(content.replace(text, replacement))

    def go_folder(self) -> Path:
        return self.folder / "gopath/src/github.com/docker/buildx"

    def go_package(self) -> str:
        return "tests"

    def commands(self, address: str) -> Iterator[list[str]]:
        """TestDialStdio keeps its daemon until all others have ended. It is run alone, because the daemons share an address."""
        for worker in WORKERS:
            for choice in ("-test.run=TestIntegration/.*", "-test.skip=TestIntegration/TestDialStdio"), ("-test.run=TestIntegration/TestDialStdio",):
                yield [*self.command(), f"{choice[0]}/worker={worker}$", *choice[1:]]

    def results(self, address: str, label: str) -> dict[str, str]:
        """The daemons of the tests have one address, in front of which is a proxy of its own."""
        self._work = Path(tempfile.mkdtemp(prefix="buildx-"))
        daemon = self._work / "daemon.sock"
        proxy = LocalProxy(f"unix://{daemon}", self._work, self._variables) if label.startswith("proxy") else None
        try:
            self._add_programs(daemon, Path(proxy.unix.removeprefix("unix://")) if proxy else daemon)
            self._fill_registry(address)
            return super().results(address, label)
        finally:
            for left in self._work.glob("tmp/integration*/*/docker.pid"):  # after a test program that was ended
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(left.read_text()), signal.SIGTERM)
            if proxy:
                proxy.close()
                shutil.copy(proxy.log, self.folder / f"buildx.{label}.audit.log")
            for left in [self._work, *Path("/tmp").glob("buildx-integration-*")]:
                shutil.rmtree(left, ignore_errors=True)

    def _add_programs(self, daemon: Path, socket: Path) -> None:
        programs = self._work / "bin"
        programs.mkdir()
        wrapper = programs / "dockerd"
        wrapper.write_text(WRAPPER.format(socket=socket, daemon=daemon, program=shutil.which("dockerd")))
        wrapper.chmod(0o755)
        (programs / "buildx").symlink_to(PLUGINS / "docker-buildx")
        (programs / "registry").symlink_to(shutil.which("docker-registry"))

    def _fill_registry(self, address: str) -> None:
        host = f"127.0.0.1:{free_port()}"
        settings = self._work / "registry.yaml"
        settings.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {self._work}/mirror/data}}}}\nhttp: {{addr: '{host}'}}\n")
        registry = subprocess.Popen(["docker-registry", "serve", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not self._answers(host):
                if registry.poll() is not None:
                    raise RuntimeError("the registry does not start")
                time.sleep(0.1)
            for image in ("busybox:latest", "alpine:latest"):
                copy = f"{host}/library/{image}"
                for command in (["tag", image, copy], ["push", "--quiet", copy], ["rmi", copy]):
                    must(["docker", *command], {"DOCKER_HOST": address})
        finally:
            registry.terminate()
            registry.wait(60)

    @staticmethod
    def _answers(host: str) -> bool:
        try:
            return call(f"tcp://{host}", "GET", "/v2/")[0] == 200
        except OSError:
            return False

    def environment(self, address: str) -> dict[str, str]:
        temporary = self._work / "tmp"
        temporary.mkdir()
        return {"HOME": str(self._work), "PATH": f"{self._work}/bin:{os.environ['PATH']}", "TMPDIR": str(temporary), "TEST_DOCKERD": "1",
                "BUILDKIT_REGISTRY_MIRROR_DIR": str(self._work / "mirror")}

    def read(self, output: str) -> dict[str, str]:
        return {name.removeprefix("TestIntegration/"): result for name, result in super().read(output).items() if "/" in name}
