"""The daemon behind the proxy, and the container of the proxy."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from wire import call

START_SECONDS = 120
BASE = "soak-base:local"


def run(command: list[str], environment: dict[str, str] | None = None, stdin: bytes = b"", limit: float = 180) -> subprocess.CompletedProcess:
    return subprocess.run(command, input=stdin, capture_output=True, env={**os.environ, **(environment or {})}, timeout=limit)


def must(command: list[str], environment: dict[str, str] | None = None, stdin: bytes = b"", limit: float = 600) -> str:
    done = run(command, environment, stdin, limit)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-800:]}")
    return done.stdout.decode().strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


NO_NETWORK = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"]


class Daemon:
    """A dockerd of its own that can be killed and started again; by default without a bridge."""

    def __init__(self, folder: Path, network: list[str] = NO_NETWORK) -> None:
        self._folder = folder
        self._network = network
        self._sockets = folder / "sockets"
        self._sockets.mkdir(mode=0o755)
        self.sockets = self._sockets
        self.address = f"unix://{self._sockets}/docker.sock"
        self.environment = {"DOCKER_HOST": self.address}
        (folder / "daemon.json").write_text("{}")
        self._log = open(folder / "dockerd.log", "ab")
        self.start()

    def start(self) -> None:
        name = f"soak-{os.getpid()}"
        self._process = subprocess.Popen(
            ["dockerd", f"--config-file={self._folder}/daemon.json", f"--host={self.address}", f"--data-root={self._folder}/data",
             f"--exec-root={self._folder}/exec", f"--pidfile={self._folder}/docker.pid", f"--containerd-namespace={name}",
             f"--containerd-plugins-namespace={name}-plugins", *self._network],
            stdout=self._log, stderr=self._log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"dockerd does not answer; see {self._log.name}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return call(self.address, "GET", "/_ping")[0] == 200
        except OSError:
            return False

    def restart(self, is_killed: bool) -> None:
        self._process.send_signal(signal.SIGKILL if is_killed else signal.SIGTERM)
        self._process.wait(START_SECONDS)
        self.start()

    def make_base(self) -> None:
        """Imports an image with BusyBox."""
        tree = self._folder / "image"
        (tree / "bin").mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), tree / "bin/busybox")
        (tree / "tmp").mkdir(mode=0o1777)
        (tree / "etc").mkdir()
        (tree / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
        (tree / "etc/group").write_text("root:x:0:\n")
        for applet in set(must(["busybox", "--list"]).split()) - {"busybox"}:
            (tree / "bin" / applet).symlink_to("busybox")
        tar = subprocess.run(["tar", "-C", str(tree), "-c", "."], capture_output=True, check=True).stdout
        must(["docker", "import", "--change", 'CMD ["sh"]', "-", BASE], self.environment, tar)

    def close(self) -> None:
        if self._process.poll() is None:
            ids = must(["docker", "ps", "-aq"], self.environment).split()
            if ids:
                run(["docker", "rm", "-fv", *ids], self.environment)
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
        containerd = self._folder / "exec/containerd/containerd.pid"  # outlives a killed dockerd
        if containerd.exists():
            try:
                os.kill(int(containerd.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass
        for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
            if line.split()[1].startswith(f"{self._folder}/"):
                run(["umount", "-l", line.split()[1]])
        self._log.close()


class Proxy:
    """The container of the proxy, run by the daemon of DOCKER_HOST with a limit of memory."""

    TOKEN = "0123456789abcdef0123456789abcdef"

    def __init__(self, folder: Path, image: str, memory: str, sockets: Path, variables: str = "") -> None:
        self._variables = variables
        self._name = f"soak-{os.getpid()}"
        self._settings = folder / "settings"
        self._clients = folder / "clients"
        for made in (self._settings, self._clients):
            made.mkdir()
        os.chown(self._clients, 65532, 65532)
        self.write_settings(nodes=False)
        self.status = f"tcp://127.0.0.1:{free_port()}"
        self.addresses = [f"tcp://127.0.0.1:{free_port()}", f"unix://{self._clients}/docker.sock"]
        must(["docker", "run", "--detach", "--name", self._name, "--network", "host", "--memory", memory, "--memory-swap", memory, "--read-only",
              "--tmpfs", "/run", "--cap-drop", "ALL", "--cap-add", "SETUID", "--cap-add", "SETGID", "--security-opt", "no-new-privileges",
              "--log-opt", "max-size=50m", *(["--volume", f"{os.environ['OPTIONS']}:/opt/socket-proxy/jvm.options:ro"] if "OPTIONS" in os.environ else []),
              "--volume", f"{sockets}:/daemon:ro", "--volume", f"{self._settings}:/settings:ro", "--volume", f"{self._clients}:/clients",
              "--env", f"LISTEN={self.addresses[0]},unix:///clients/docker.sock?mode=0666", "--env", "SOCKET_PATH=/daemon/docker.sock",
              "--env", f"STATUS_LISTEN={self.status}", "--env", f"STATUS_TOKEN={self.TOKEN}", "--env", "ENV_FILE=/settings/proxy.env", image])
        self.pid = int(self._inspect("{{.State.Pid}}"))
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not Path(f"/proc/{self.pid}").exists() or time.monotonic() > deadline:
                raise RuntimeError("the proxy does not answer:\n" + run(["docker", "logs", self._name]).stdout.decode()[-2000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return call(self.addresses[0], "GET", "/_ping")[0] == 200
        except OSError:
            return False

    def _inspect(self, template: str) -> str:
        return must(["docker", "inspect", "--format", template, self._name])

    def write_settings(self, nodes: bool) -> None:
        """Replaces the file of ENV_FILE. Everything that the traffic needs is on; NODES changes."""
        opened = "CONTAINERS IMAGES INFO VERSION SYSTEM EXEC BUILD SESSION GRPC POST ALLOW_LOGS ALLOW_TOP ALLOW_ARCHIVE ALLOW_EXPORT DISTRIBUTION"
        following = self._settings / "next"
        following.write_text("".join(f"{name}=1\n" for name in opened.split()) + f"NODES={int(nodes)}\n" + self._variables)
        following.chmod(0o644)
        following.rename(self._settings / "proxy.env")

    def hang_up(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def metrics(self) -> dict[str, float]:
        status, content = call(self.status, "GET", "/metrics", headers={"Authorization": f"Bearer {self.TOKEN}"})
        if status != 200:
            raise RuntimeError(f"/metrics: {status}")
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in content.decode().splitlines() if line and not line.startswith("#"))}

    def problem(self) -> str | None:
        """What is wrong with the container, if it is not the process that was started."""
        state = json.loads(self._inspect("{{json .State}}"))
        if not state["Running"] or state["Pid"] != self.pid or state["OOMKilled"]:
            return f"the container of the proxy has ended: {state}"
        return None

    def close(self) -> None:
        run(["docker", "stop", self._name])
        log = run(["docker", "logs", self._name])
        Path(os.environ["SOAK_OUTPUT"], "proxy.log").write_bytes(log.stdout[-20_000_000:] + log.stderr[-1_000_000:])
        run(["docker", "rm", "-f", self._name])
