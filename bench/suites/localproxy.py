"""The proxy as a process of this machine, with a listener on TCP and one on a Unix socket."""

import json
import os
import subprocess
import time
from pathlib import Path

from programs import free_port
from wire import call

ROOT = Path(__file__).resolve().parents[2]


class LocalProxy:
    """Runs target/docker-socket-proxy.jar with the given variables. Its audit log is in folder/proxy.log, as JSON."""

    def __init__(self, daemon_address: str, folder: Path, variables: dict[str, str]) -> None:
        self.tcp = f"tcp://127.0.0.1:{free_port()}"
        self.unix = f"unix://{folder}/proxy.sock"
        self.status = f"tcp://127.0.0.1:{free_port()}"
        self.log = folder / "proxy.log"
        self._process = subprocess.Popen(
            ["java", f"@{ROOT}/src/main/jvm.options", "-jar", str(ROOT / "target/docker-socket-proxy.jar")],
            env={**os.environ, **variables, "LISTEN": f"{self.tcp},{self.unix}", "STATUS_LISTEN": self.status, "LOG_FORMAT": "json",
                 "SOCKET_PATH": daemon_address.removeprefix("unix://")},
            stdout=open(self.log, "w"), stderr=open(folder / "proxy.errors", "w"))
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the proxy does not answer: {self.log.read_text()[-1000:]} {(folder / 'proxy.errors').read_text()[-1000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return call(self.status, "GET", "/metrics")[0] == 200
        except OSError:
            return False

    def open_exchanges(self) -> int:
        """Active exchanges, streams and tunnels."""
        lines = call(self.status, "GET", "/metrics")[1].decode().splitlines()
        return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("socket_proxy_open{")))

    def position(self) -> int:
        return self.log.stat().st_size

    def records(self, position: int = 0) -> list[dict]:
        """Audit records of exchanges that ended after this position of the log."""
        with open(self.log, "rb") as log:
            log.seek(position)
            lines = [json.loads(line) for line in log if line.startswith(b"{") and line.endswith(b"\n")]
        return [line for line in lines if line.get("event") == "end"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(60)
