"""Starts and stops the compared programs in a temporary folder and measures their CPU time and memory."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
TIMEOUT_SECONDS = 60
# Line of -XX:+PrintCompilation at tier 4: milliseconds, number, attributes, tier, method, and what happened to it.
C2_EVENT = re.compile(r"^ *\d+ +\d+ [ %sb!n]+ 4 +(?:@ \d+ +)?(\S+::\S+)(.*)$", re.MULTILINE)

POLICY = {name: "1" for name in ("CONTAINERS", "EVENTS", "EXEC", "IMAGES", "PING", "POST", "VERSION")}
"""Variables that both proxies grant; all other sections are denied."""


class Program:
    """A process that listens on a TCP port of this machine."""

    def __init__(self, name: str, port: int, process: subprocess.Popen, log: Path):
        self.name = name
        self.port = port
        self.process = process
        self.log = log

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def status(self, field: str) -> int:
        """Returns a field of /proc/PID/status: VmRSS or VmHWM in KiB, or Threads."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise ValueError(field)

    def uncompiled(self) -> list[str]:
        """Returns the methods of a proxy that were hot enough for C2, and that it has not compiled because of a limit."""
        skipped: dict[str, str] = {}
        for method, event in C2_EVENT.findall(self.log.read_text(errors="replace")):
            if "COMPILE SKIPPED" in event:
                skipped[method] = event.split(": ", 1)[-1]
            elif "made not entrant" not in event:
                skipped.pop(method, None)  # another attempt
        return [f"{method}: {why}" for method, why in sorted(skipped.items())]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stage:
    """A temporary folder and the programs started in it; leaving the context stops them."""

    def __init__(self, folder: Path, java: list[str]):
        self.folder = folder
        self.java = java
        self.running = ExitStack()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *ignored) -> None:
        self.running.close()

    def start(self, name: str, port: int, command: list[str], environment: dict[str, str] | None = None) -> Program:
        """Starts a program and waits until it listens on the port; port 0 disables the wait."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **(environment or {})}
            )
        program = Program(name, port, process, Path(log.name))
        self.running.callback(program.stop)
        if port:
            try:
                await_listening(program, socket.AF_INET, ("127.0.0.1", port))
            except RuntimeError:
                print((self.folder / f"{name}.log").read_text()[-2000:])
                raise
        return program

    def web_server(self, containers: int = 1000, images: int = 0) -> tuple[Program, Path]:
        """Starts nginx with fixed responses on TCP and on a Unix socket; returns the program and the socket's path.

        The numbers are the lengths of the lists below /v1.44.
        """
        port = free_port()
        path = self.folder / "web.sock"
        config = self.folder / "nginx.conf"
        listing = "[" + ",".join(['{"Id":"%064d","Names":["/container"],"State":"running"}' % i for i in range(27)]) + "]"
        config.write_text(f"""
            pid {self.folder}/nginx.pid;
            daemon off;
            worker_processes 1;
            worker_rlimit_nofile 16384;
            error_log stderr error;
            events {{ worker_connections 8192; }}
            http {{
              access_log off;
              keepalive_requests 1000000000;
              keepalive_timeout 1h;
              server {{
                listen 127.0.0.1:{port} backlog=8192;
                listen unix:{path} backlog=8192;
                location = /_ping {{ default_type text/plain; return 200 OK; }}
                location = /v1.44/containers/json {{ default_type application/json; alias {self.folder}/long.json; }}
                location = /v1.44/images/json {{ default_type application/json; alias {self.folder}/images.json; }}
                location ~ ^(?:/v1.44)?/containers/([0-9a-f]+)/json$ {{
                  default_type application/json;
                  return 200 '{{"Id":"$1","Name":"/container","Config":{{"Labels":{{"owner":"ci"}}}},"HostConfig":{{"NetworkMode":"none"}},"Mounts":[]}}';
                }}
                location / {{ default_type application/json; return 200 '{listing}'; }}
              }}
            }}
        """)
        container = '{"Id":"%064d","Names":["/container"],"Command":"serve --token=abc","Mounts":[],"Labels":{%s}}'
        labels = ",".join(f'"com.example.label-{i}":"a value of the usual length, number {i}"' for i in range(20))
        (self.folder / "long.json").write_text("[" + ",".join(container % (i, labels) for i in range(containers)) + "]")
        image = '{"Id":"sha256:%064d","RepoTags":["registry.example.com/team/image-%d:1"],"RepoDigests":null,"Size":123456789,"Labels":null}'
        (self.folder / "images.json").write_text("[" + ",".join(image % (i, i) for i in range(images)) + "]")
        program = self.start("direct", port, ["nginx", "-e", "stderr", "-c", str(config)])
        return program, path

    def streaming_daemon(self, script: str = "streams.py") -> Path:
        path = self.folder / "streams.sock"
        daemon = self.start("streams", 0, ["python3", str(HERE / script), str(path)])
        await_listening(daemon, socket.AF_UNIX, str(path))
        return path

    def docker(self) -> tuple[Program, Path]:
        """Starts a separate dockerd with five stopped containers; returns the program and the socket's path."""
        port = free_port()
        path = self.folder / "docker.sock"
        own = self.folder / "dockerd"
        own.mkdir()
        (own / "daemon.json").write_text("{}")
        program = self.start(
            "dockerd",
            port,
            [
                "dockerd",
                f"--config-file={own}/daemon.json",
                f"--host=unix://{path}",
                f"--host=tcp://127.0.0.1:{port}",
                "--tls=false",
                f"--data-root={own}/data",
                f"--exec-root={own}/exec",
                f"--pidfile={own}/docker.pid",
                f"--containerd-namespace={self.folder.name}",
                f"--containerd-plugins-namespace={self.folder.name}-plugins",
                "--bridge=none",
                "--iptables=false",
                "--ip6tables=false",
            ],
        )
        script = "tar -C / -c etc/hostname | docker import - bench:local && for i in 1 2 3 4 5; do docker create bench:local sh; done"
        subprocess.run(
            ["sh", "-ec", script], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "DOCKER_HOST": f"unix://{path}"}
        )
        return program, path

    def haproxy(self, daemon: Path, variables: dict[str, str] = POLICY, connections: int = 8000) -> Program:
        port = free_port()
        environment = {**variables, "SOCKET_PATH": str(daemon), "PORT": str(port), "CONNECTIONS": str(connections)}
        return self.start("haproxy", port, ["haproxy", "-db", "-f", str(HERE / "haproxy.cfg")], environment)

    def proxy_with_profiles(self, daemon: Path, count: int, **settings: str) -> Program:
        """Starts a proxy with a policy file; the last profile has the clients of this machine."""
        name = f"{count} profiles"
        variables = "{" + ", ".join(f"{variable}: 1" for variable in POLICY) + "}"
        networks = [f"10.{i // 256}.{i % 256}.0/24" for i in range(count - 1)] + ["127.0.0.0/8"]
        blocks = [f"  p{i}:\n    clients: [{{network: {network}}}]\n    variables: {variables}\n" for i, network in enumerate(networks)]
        file = self.folder / f"policy-{count}.yaml"
        file.write_text("profiles:\n" + "".join(blocks))
        return self.proxy(daemon, name, variables={}, POLICY=str(file), **settings)

    def proxy(
        self, daemon: Path, name: str = "proxy", java: list[str] | None = None, variables: dict[str, str] = POLICY, **settings: str
    ) -> Program:
        port = free_port()
        environment = {
            **variables,
            "SOCKET_PATH": str(daemon),
            "LISTEN": f"tcp://127.0.0.1:{port}",
            "STATUS_LISTEN": "off",
            "LOG_LEVEL": "err",
            "MAX_CONNECTIONS": "8000",
            "MAX_CONNECTIONS_PER_CLIENT": "8000",
            "MALLOC_ARENA_MAX": "1",
            **settings,
        }
        command = java or self.java
        return self.start(name, port, [command[0], "-XX:+PrintCompilation", *command[1:]], environment)


def java_command(root: Path) -> list[str]:
    """Command of the proxy of a checkout, with the image's runtime if a JDK 25 is installed, else with the default java."""
    jar = root / "target/docker-socket-proxy.jar"
    if not jar.exists():
        sys.exit(f"{jar} does not exist: run mvn -DskipTests package")
    for release in sorted(Path("/usr/lib/jvm").glob("*/release")):
        if 'JAVA_VERSION="25' in release.read_text() and (release.parent / "bin/jlink").exists():
            image = root / "target/bench/opt"
            if not image.exists() or image.stat().st_mtime < jar.stat().st_mtime:
                shutil.rmtree(image, ignore_errors=True)
                subprocess.run([str(root / "src/image/lay-out"), str(image), str(release.parent)], check=True)
            # The image's folder for temporary files is not writable for all users.
            return [f"{image}/runtime/bin/java", f"@{image}/jvm.options", f"-Djava.io.tmpdir={image}", "-jar", f"{image}/docker-socket-proxy.jar"]
    print("No JDK 25 below /usr/lib/jvm: the proxy runs without the image's runtime and class-data archive.")
    return ["java", "-XX:+UseSerialGC", "-Xmx32m", "-Xmn4m", "-Xss256k", "-jar", str(jar)]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def await_listening(program: Program, family: int, address) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        with socket.socket(family) as tried:
            try:
                tried.connect(address)
                return
            except OSError:
                if program.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{program.name} does not listen") from None
        time.sleep(0.05)


def extension(folder: Path) -> Path:
    """Builds the example extension; returns the folder of its jar."""
    source = ROOT / "examples/extension/src/main"
    classes = folder / "extension-classes"
    jars = folder / "extensions"
    jars.mkdir()
    shutil.copytree(source / "resources", classes)
    path = f"{ROOT}/target/docker-socket-proxy.jar:{ROOT}/target/lib/*"
    files = [str(file) for file in (source / "java").rglob("*.java")]
    subprocess.run(["javac", "--release", "17", "-proc:none", "-cp", path, "-d", str(classes), *files], check=True)
    subprocess.run(["jar", "--create", "--file", str(jars / "example.jar"), "-C", str(classes), "."], check=True)
    return jars
