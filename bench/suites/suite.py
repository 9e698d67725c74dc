"""A test suite: builds a program once, runs it against an address, and reads the results."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

RESULT = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)


class Suite:
    """A suite prints its results as Go's test programs do; a subclass with another form overrides read()."""

    needs_unix_socket = False

    def __init__(self, name: str, folder: Path, minutes: float) -> None:
        self.name = name
        self.folder = folder
        self.minutes = minutes
        self.program = folder / name

    def build(self) -> None:
        """Builds the program, if it does not exist. A failure is printed."""
        raise NotImplementedError

    def is_built(self) -> bool:
        return self.program.exists()

    def command(self) -> list[str]:
        raise NotImplementedError

    def commands(self, address: str) -> Iterator[list[str]]:
        """The commands of one run, in turn; the time limit is for each."""
        yield self.command()

    def working_folder(self) -> Path:
        return self.folder

    def environment(self, address: str) -> dict[str, str]:
        """Variables for a run against a daemon or the proxy: tcp://host:port or unix:///path."""
        return {"DOCKER_HOST": address, "HOME": "/root"}

    def results(self, address: str, label: str) -> dict[str, str]:
        """Runs the commands; results (PASS, FAIL, SKIP) by the name of the test."""
        log = self.folder / f"{self.name}.{label}.log"
        environment = {**os.environ, **self.environment(address)}
        with open(log, "w") as output:
            for command in self.commands(address):
                try:
                    subprocess.run(command, cwd=self.working_folder(), env=environment, stdout=output, stderr=subprocess.STDOUT, timeout=self.minutes * 60 + 30)
                except subprocess.TimeoutExpired:
                    print(f"{self.name} ({label}) did not end in time: {command}", file=sys.stderr)
        return self.read(log.read_text(errors="replace"))

    def read(self, output: str) -> dict[str, str]:
        return {name: result for result, name in RESULT.findall(output)}


class GoSuite(Suite):
    """A package of tests in a GOPATH below the folder, built with Debian's libraries."""

    def go_folder(self) -> Path:
        """The folder in which Go runs."""
        raise NotImplementedError

    def go_package(self) -> str:
        """The package of the tests, as a path relative to go_folder()."""
        raise NotImplementedError

    def fetch(self) -> None:
        raise NotImplementedError

    def build(self) -> None:
        if self.is_built():
            return
        self.fetch()
        environment = {"GOPATH": f"{self.folder}/gopath:/usr/share/gocode", "GO111MODULE": "off", "GOFLAGS": "-p=1", "GOCACHE": f"{self.folder}/cache", "GOPROXY": "off"}
        done = subprocess.run(["nice", "-n", "10", "go", "test", "-c", "-vet=off", "-o", str(self.program), f"./{self.go_package()}"],
                              cwd=self.go_folder(), env={**os.environ, **environment}, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{self.name} cannot be built:\n{done.stderr[-2000:]}", flush=True)

    def command(self) -> list[str]:
        return [str(self.program), "-test.v", "-test.parallel=1", f"-test.timeout={self.minutes}m"]

    def working_folder(self) -> Path:
        return self.go_folder() / self.go_package()


def debian_pool(package: str) -> str:
    """The address of the folder that has the package; the sources are beside it, on the mirror that apt uses."""
    uris = subprocess.run(["apt-get", "download", "--print-uris", package], check=True, capture_output=True, text=True).stdout
    return uris.split("'")[1].rsplit("/", 1)[0] + "/"
