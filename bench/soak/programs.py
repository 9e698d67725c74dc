"""The daemon behind the proxy, and the container of the proxy."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
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

    def hang(self, seconds: float) -> None:
        self._process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            self._process.send_signal(signal.SIGCONT)

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


class Logs:
    """Audit records in a small file system, and messages in a FIFO, so that the first can be full and the second unread. Threading: one reader of its own."""

    SIZE = "8m"
    EMPTIED_BYTES = 4 * 2**20

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        must(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE},mode=755", "none", str(folder)])
        self._audit = folder / "audit.log"
        self._audit.touch()
        os.mkfifo(folder / "messages")
        self._messages = os.open(folder / "messages", os.O_RDWR)
        self._is_reading = threading.Event()
        self._is_reading.set()
        self._kept = Path(os.environ["SOAK_OUTPUT"], "proxy.log")
        self._kept.write_text("")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with open(self._kept, "ab") as kept:
            while True:
                self._is_reading.wait()
                kept.write(os.read(self._messages, 65536))
                kept.flush()

    def empty(self) -> None:
        """Keeps the end of the records, and truncates the file: the proxy appends."""
        if self._audit.stat().st_size > self.EMPTIED_BYTES:
            self._kept.with_name("audit.log").write_bytes(self._audit.read_bytes()[-2_000_000:])
            os.truncate(self._audit, 0)

    def leave_unread(self, seconds: float) -> None:
        self._is_reading.clear()
        time.sleep(seconds)
        self._is_reading.set()

    def fill(self, seconds: float) -> None:
        """No space is left for records meanwhile."""
        filler = self.folder / "filler"
        with open(filler, "wb", buffering=0) as opened:
            try:
                while True:
                    opened.write(bytes(65536))
            except OSError:
                pass
        time.sleep(seconds)
        filler.unlink()
        os.truncate(self._audit, 0)

    def end(self) -> str:
        return (self._kept.read_text()[-2000:] + self._audit.read_text()[-2000:])

    def close(self) -> None:
        self._kept.with_name("audit.log").write_bytes(self._audit.read_bytes())
        run(["umount", "-l", str(self.folder)])


class Proxy:
    """The container of the proxy, run by the daemon of DOCKER_HOST with a limit of memory."""

    TOKEN = "0123456789abcdef0123456789abcdef"

    OPENED = "CONTAINERS IMAGES INFO VERSION SYSTEM EXEC BUILD SESSION GRPC POST ALLOW_LOGS ALLOW_TOP ALLOW_ARCHIVE ALLOW_EXPORT DISTRIBUTION"

    def __init__(self, folder: Path, image: str, memory: str, sockets: Path, is_safe: bool = False) -> None:
        self._is_safe = is_safe
        self._name = f"soak-{os.getpid()}"
        self._settings = folder / "settings"
        self._clients = folder / "clients"
        self.logs = Logs(folder / "logs")
        for made in (self._settings, self._clients):
            made.mkdir()
        os.chown(self._clients, 65532, 65532)
        self.write_settings(nodes=False)
        self.status = f"tcp://127.0.0.1:{free_port()}"
        self.addresses = [f"tcp://127.0.0.1:{free_port()}", f"unix://{self._clients}/docker.sock"]
        self.listeners = {name: f"tcp://127.0.0.1:{free_port()}" for name in ("safe", "masked", "scoped", "hostile")}
        listen = [f"{self.addresses[0]}?name=ops", "unix:///clients/docker.sock?mode=0666&name=ops-unix", *(f"{address}?name={name}" for name, address in self.listeners.items())]
        must(["docker", "run", "--detach", "--name", self._name, "--network", "host", "--memory", memory, "--memory-swap", memory, "--read-only",
              "--tmpfs", "/run", "--cap-drop", "ALL", "--cap-add", "SETUID", "--cap-add", "SETGID", "--security-opt", "no-new-privileges",
              "--ulimit", "nofile=4096:4096", "--entrypoint", "/busybox", "--volume", f"{shutil.which('busybox')}:/busybox:ro", "--volume", f"{self.logs.folder}:/logs", *(["--volume", f"{os.environ['OPTIONS']}:/opt/socket-proxy/jvm.options:ro"] if "OPTIONS" in os.environ else []),
              "--volume", f"{sockets}:/daemon:ro", "--volume", f"{self._settings}:/settings:ro", "--volume", f"{self._clients}:/clients",
              "--env", f"LISTEN={','.join(listen)}", "--env", "SOCKET_PATH=/daemon/docker.sock",
              "--env", f"STATUS_LISTEN={self.status}", "--env", f"STATUS_TOKEN={self.TOKEN}", "--env", "POLICY=/settings/policy.yaml", image,
              "sh", "-c", "exec /opt/socket-proxy/start >>/logs/audit.log 2>/logs/messages"])
        self.pid = int(self._inspect("{{.State.Pid}}"))
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not Path(f"/proc/{self.pid}").exists() or time.monotonic() > deadline:
                raise RuntimeError("the proxy does not answer:\n" + self.logs.end() + run(["docker", "logs", self._name]).stderr.decode()[-2000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return call(self.addresses[0], "GET", "/_ping")[0] == 200
        except OSError:
            return False

    def _inspect(self, template: str) -> str:
        return must(["docker", "inspect", "--format", template, self._name])

    def write_settings(self, nodes: bool) -> None:
        """Replaces the file of POLICY. Everything that the traffic needs is on in the first profile; NODES changes."""
        opened = ", ".join(f"{name}: 1" for name in self.OPENED.split())
        safe = "    create: safe\n"
        following = self._settings / "next"
        following.write_text(
            "profiles:\n"
            f"  ops:\n    clients: [{{listener: ops}}, {{listener: ops-unix}}]\n    variables: {{{opened}, NODES: {int(nodes)}}}\n" + (safe if self._is_safe else "")
            + f"  safe:\n    clients: [{{listener: safe}}]\n    variables: {{{opened}}}\n" + safe
            + "  masked:\n    clients: [{listener: masked}]\n    variables: {CONTAINERS: 1}\n    mask: [env, args, paths]\n"
            + "  scoped:\n    clients: [{listener: scoped}]\n    variables: {CONTAINERS: 1, POST: 1}\n" + safe + '    targets: {label: owner=scoped, images: {reference: "**"}}\n'
            + f"  hostile:\n    clients: [{{listener: hostile}}]\n    variables: {{{opened}}}\n" + safe)
        following.chmod(0o644)
        following.rename(self._settings / "policy.yaml")

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
        run(["docker", "rm", "-f", self._name])
        self.logs.close()
