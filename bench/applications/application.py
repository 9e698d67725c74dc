"""An application that uses the Docker API, and the place in which it runs."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from programs import free_port, must

T = TypeVar("T")


class NotInstalled(Exception):
    """The message says what to install, or which variable to set."""


@dataclass(frozen=True)
class Row:
    """Settings of the proxy with which the application must work."""

    settings: str  # "PRESET=wud EVENTS=1"
    title: str = ""  # "read only"; drive() reads it as place.row.title
    optional: dict[str, str] = field(default_factory=dict)  # denied operation: why the application works without it
    differs: dict[str, str] = field(default_factory=dict)  # key of drive(): why the user sees something else, such as a masked value

    def variables(self) -> dict[str, str]:
        return dict(setting.split("=", 1) for setting in self.settings.split())


class Place:
    """Where an application runs: an address, an empty folder, and a dockerd with images of BusyBox."""

    def __init__(self, address: str, folder: Path, row: Row, daemon_address: str) -> None:
        self.address = address  # "unix:///path" or "tcp://127.0.0.1:PORT"
        self.folder = folder
        self.row = row
        self.environment = {**os.environ, "DOCKER_HOST": address, "HOME": str(folder), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self._daemon = {"DOCKER_HOST": daemon_address}
        self._started: list[subprocess.Popen] = []

    @property
    def is_unix(self) -> bool:
        return self.address.startswith("unix://")

    @property
    def socket(self) -> str:
        return self.address.removeprefix("unix://")

    def docker(self, *arguments: str) -> str:
        """The docker CLI, directly on the daemon, to prepare containers and to look at the result."""
        return must(["docker", *arguments], self._daemon, limit=120)

    def image(self, name: str, *dockerfile: str, files: dict[str, Path] | None = None) -> None:
        """A local image with these lines on the image of BusyBox, in place of one of a registry. Files go to the given places in it."""
        context = self.folder / "context"
        (context / "root").mkdir(parents=True)
        for target, source in (files or {}).items():
            (context / "root" / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, context / "root" / target)
        (context / "Dockerfile").write_text("\n".join(["FROM busybox:latest", *(["COPY root /"] if files else []), *dockerfile, ""]))
        self.docker("build", "--quiet", "--tag", name, str(context))
        shutil.rmtree(context)

    def run(self, *command: str, limit: float = 120, environment: dict[str, str] | None = None, stdin: str = "", may_fail: bool = False) -> str:
        """Runs a program of the application to its end; returns its output. An exit code other than 0 is an error."""
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **(environment or {})}, input=stdin, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, start_new_session=True)
        if done.returncode != 0 and not may_fail:
            raise RuntimeError(f"{' '.join(command)[:300]}: exit code {done.returncode}: {done.stdout[-1500:]}")
        return done.stdout

    def start(self, *command: str, log: str = "log", environment: dict[str, str] | None = None) -> subprocess.Popen:
        """Starts a program that ends with the drive; its output is in folder/log."""
        with open(self.folder / log, "a") as output:
            started = subprocess.Popen(command, cwd=self.folder, env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        self._started.append(started)
        return started

    def wait(self, what: str, value: Callable[[], T], limit: float = 60) -> T:
        """Repeats until the value is true, and returns it."""
        deadline = time.monotonic() + limit
        problem: object = None
        while time.monotonic() < deadline:
            try:
                if found := value():
                    return found
            except (OSError, ValueError, KeyError, IndexError) as failed:
                problem = failed
            time.sleep(0.2)
        logs = "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in sorted(self.folder.glob("*log")))
        raise RuntimeError(f"not within {limit:.0f} seconds: {what} ({problem})\n{logs}")

    def logged(self, text: str, log: str = "log") -> bool:
        return text in (self.folder / log).read_text(errors="replace")

    def free_port(self) -> int:
        return free_port()

    def get(self, url: str, body: dict | None = None, headers: dict[str, str] | None = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}), timeout=30) as response:
            return response.read().decode()

    def stop(self) -> None:
        """Ends the programs that start() has started, as a service manager does."""
        for process in self._started:
            for sent in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, sent)
                    process.wait(10)
                except ProcessLookupError:
                    break
                except subprocess.TimeoutExpired:
                    continue
            process.wait(10)


class Application:
    """A program of others, installed as it is shipped. One subclass in each file of apps/."""

    name = ""
    source = ""  # "Debian", "npm", "Maven Central", or the variable with the path of an installed program
    packages: tuple[str, ...] = ()  # Debian packages, the first with the version
    rows: tuple[Row, ...] = ()
    transports: tuple[str, ...] = ("tcp", "unix")
    limit = 300  # seconds of one drive; after them the application hangs
    polls: tuple[str, ...] = ()  # actions of events ("container top") whose number depends on time

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    def version(self) -> str:
        return debian_version(self.packages[0])

    def install(self) -> None:
        """Makes the program ready below self.folder. Raises NotInstalled."""
        missing = [package for package in self.packages if not debian_version(package)]
        if missing:
            raise NotInstalled(f"apt-get install {' '.join(missing)}")

    def drive(self, place: Place) -> dict[str, object]:
        """Uses the application as its user does, and returns what the user sees, without ids and times. Raises an error if it does not work."""
        raise NotImplementedError

    def event(self, text: str) -> str | None:
        """An event of the daemon ("container start web") without parts that are random; None leaves it out."""
        return text


def debian_version(package: str) -> str:
    done = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}${Version}", package], capture_output=True, text=True)
    return done.stdout[3:] if done.stdout.startswith("ii ") else ""


def npm_install(folder: Path, *packages: str) -> Path:
    """Installs packages ("dockerode@4.0.9") once; returns node_modules."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / "installed"
    if not marker.exists() or marker.read_text() != " ".join(packages):
        require("npm")
        must(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save", *packages], limit=900)
        marker.write_text(" ".join(packages))
    return folder / "node_modules"


def maven_plugin(folder: Path, pom: str, *arguments: str, source: str = "") -> None:
    """Runs a plugin of Maven once with the arguments that make it do nothing, so that it is in the local repository."""
    require("mvn")
    file = folder / "pom.xml"
    if file.exists() and file.read_text() == pom:
        return
    (folder / "src/main/java").mkdir(parents=True, exist_ok=True)
    if source:
        (folder / "src/main/java/Source.java").write_text(source)
    (folder / "new.xml").write_text(pom)
    must(["mvn", "-q", "-B", "-f", str(folder / "new.xml"), *arguments], limit=900)
    (folder / "new.xml").rename(file)


def maven(place: Place, *arguments: str) -> str:
    return place.run("mvn", "-B", "-o", *arguments, limit=200)


def require(program: str) -> str:
    if not (found := shutil.which(program)):
        raise NotInstalled(f"install {program}")
    return found


def given(variable: str, kind: str) -> Path:
    """A program that the user of this suite has installed, named by a variable."""
    if not os.environ.get(variable):
        raise NotInstalled(f"set {variable} to {kind}")
    return Path(os.environ[variable]).resolve()


def lines(text: str, *parts: str) -> list[str]:
    """Sorted lines that contain one of the parts."""
    return sorted(line.strip() for line in text.splitlines() if any(part in line for part in parts))


def names(containers: Iterable[dict]) -> list[str]:
    return sorted(container["Names"][0].removeprefix("/") for container in containers)
