"""Uptime Kuma: tests a Docker host, and monitors a healthy, a stopped and a missing container."""

import json

from application import Application, Place, Row, given
from socketio import SocketIo

HEALTHY = ("--health-cmd", "true", "--health-interval", "1s")
PASSWORD = "suite-4-applications"


class UptimeKuma(Application):
    name = "uptime-kuma"
    source = "`UPTIME_KUMA`"
    rows = (Row("PRESET=uptime-kuma"),)
    polls = ("container exec_create: /bin/sh -c true", "container exec_start: /bin/sh -c true", "container exec_die")  # the health check

    def install(self) -> None:
        self._home = given("UPTIME_KUMA", "a folder of Uptime Kuma 2 after npm ci")

    def version(self) -> str:
        return json.loads((self._home / "package.json").read_text())["version"]

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "plain", "busybox", "sleep", "1000")
        place.docker("run", "--detach", "--name", "healthy", *HEALTHY, "busybox", "sleep", "1000")
        place.docker("create", "--name", "created", "busybox", "true")
        place.wait("the health check", lambda: "healthy" in place.docker("inspect", "--format", "{{.State.Health.Status}}", "healthy").split())
        port = place.free_port()
        is_built = (self._home / "dist/index.html").exists()
        place.start("env", f"--chdir={self._home}", "node", "server/server.js", environment={
            "NODE_ENV": "production" if is_built else "development", "DATA_DIR": f"{place.folder}/data/", "UPTIME_KUMA_DB_TYPE": "sqlite",
            "UPTIME_KUMA_HOST": "127.0.0.1", "UPTIME_KUMA_PORT": str(port)})
        page = place.wait("the server", lambda: SocketIo(f"http://127.0.0.1:{port}"))
        try:
            return self._use(place, page)
        finally:
            page.close()

    def _use(self, place: Place, page: SocketIo) -> dict[str, object]:
        place.wait("the form of the first user", lambda: page.has_received("setup"))
        page.call("setup", "admin", PASSWORD)
        login = page.call("login", {"username": "admin", "password": PASSWORD, "token": ""})
        if not login[0].get("ok"):
            raise RuntimeError(f"login: {login}")
        host = {"name": "host", "dockerType": "socket" if place.is_unix else "tcp", "dockerDaemon": place.socket if place.is_unix else place.address}
        seen: dict[str, object] = {"test of the host": page.call("testDockerHost", host)}
        saved = page.call("addDockerHost", host, None)[0]
        for container in ("plain", "healthy", "created", "missing"):
            added = page.call("add", monitor(container, saved["id"]))[0]
            if not added["ok"]:
                raise RuntimeError(f"monitor of {container}: {added}")
            beat = place.wait(f"the heartbeat of {container}", lambda: beats(page, added["monitorID"]))
            seen[container] = [beat["status"], beat["msg"]]
            if container == "plain":
                place.docker("pause", "plain")
                seen["paused"] = place.wait("the heartbeat of the paused container",
                                            lambda: [each["msg"] for each in heartbeats(page, added["monitorID"]) if each["msg"] != beat["msg"]][-1:])
                place.docker("unpause", "plain")
        return seen


def heartbeats(page: SocketIo, monitor_id: int) -> list[dict]:
    return [arguments[0] for event, *arguments in list(page.received) if event == "heartbeat" and arguments[0]["monitorID"] == monitor_id]


def beats(page: SocketIo, monitor_id: int) -> dict | None:
    return next(iter(heartbeats(page, monitor_id)), None)


def monitor(container: str, host: int) -> dict:
    return {"type": "docker", "name": container, "interval": 20, "retryInterval": 20, "maxretries": 0, "docker_container": container, "docker_host": host,
            "active": True, "accepted_statuscodes": ["200-299"], "notificationIDList": {}, "conditions": []}
