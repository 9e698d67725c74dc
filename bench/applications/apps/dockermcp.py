"""docker-mcp: a server of the Model Context Protocol by which an AI agent uses Docker."""

import json
import subprocess

from application import Application, Place, Row, npm_install, require
from defaultsocket import at_default_socket

VERSION = "1.0.0"
CALLS = (("docker_container_list", {"all": True}), ("docker_container_logs", {"containerId": "talker"}), ("docker_container_stop", {"containerId": "talker"}),
         ("docker_container_start", {"containerId": "talker"}), ("docker_container_restart", {"containerId": "talker"}), ("docker_system_version", {}))


class DockerMcp(Application):
    name = "docker-mcp"
    source = "npm"
    transports = ("unix",)
    rows = (Row("CONTAINERS=1 VERSION=1 EVENTS=0 PING=0 ALLOW_LOGS=1 ALLOW_START=1 ALLOW_RESTARTS=1"),)

    def install(self) -> None:
        require("node")
        self._program = npm_install(self.folder, f"docker-mcp@{VERSION}") / "docker-mcp/dist/index.js"

    def version(self) -> str:
        return VERSION

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("run", "--detach", "--name", "talker", "--stop-signal", "KILL", "busybox", "sh", "-c", "echo first; echo second; exec sleep 1000")
        messages = [{"id": 0, "method": "initialize", "params": {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "suite", "version": "1"}}},
                    {"method": "notifications/initialized"}]
        messages += [{"id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}} for number, (tool, arguments) in enumerate(CALLS, 1)]
        seen: dict[str, object] = {}
        server = subprocess.Popen(at_default_socket(place, "node", str(self._program)), env=place.environment, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            for message in messages:
                server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
                server.stdin.flush()
                answer = json.loads(server.stdout.readline()) if "id" in message else {}
                if message["method"] == "tools/call":
                    seen[message["params"]["name"]] = text_of(message["params"]["name"], answer["result"])
        finally:
            server.kill()
            server.wait()
        return seen


def text_of(tool: str, result: dict) -> object:
    if result.get("isError"):
        raise RuntimeError(f"{tool}: {result}")
    text = result["content"][0]["text"]
    if tool == "docker_container_list":
        return [[each["name"], each["image"], each["state"]] for each in json.loads(text)["containers"]]
    if tool == "docker_container_logs":
        return json.loads(text)["logs"].split()
    return sorted(json.loads(text)) if tool == "docker_system_version" else text
