"""Portainer's agent: answers the signed requests of a Portainer server with those of the Docker API."""

import base64
import hashlib
import json
import ssl
import subprocess
import urllib.request

from application import Application, Place, Row, given, require
from defaultsocket import at_default_socket

MESSAGE = b"Portainer-App"  # a server signs it


class PortainerAgent(Application):
    name = "portainer-agent"
    source = "`PORTAINER_AGENT`"
    rows = (Row("PRESET=portainer"), Row("PRESET=portainer-readonly", "read-only"))
    transports = ("unix",)
    _version = "unknown"  # until it has answered

    def install(self) -> None:
        require("openssl")
        self._program = str(given("PORTAINER_AGENT", "the program agent of Portainer"))

    def version(self) -> str:
        return self._version

    def drive(self, place: Place) -> dict[str, object]:
        """The agent looks for a container with its host name; a stand-in has this name."""
        for name in ("agent", "web"):
            place.docker("run", "--detach", "--name", name, "--stop-signal", "KILL", "nginx:alpine")
        port = place.free_port()
        begin = 'hostname agent && exec "$@"'
        place.start(*at_default_socket(place, "unshare", "--uts", "sh", "-c", begin, "sh", self._program),
                    environment={"DOCKER_HOST": "unix:///run/docker.sock", "AGENT_PORT": str(port), "AGENT_HOST": "127.0.0.1"})
        server = Server(place, f"https://127.0.0.1:{port}")
        place.wait("the agent", lambda: server.call("GET", "/info"))
        self._version = server.agent
        seen: dict[str, object] = {
            "information": [server.call("GET", "/info")[key] for key in ("Containers", "ServerVersion")],
            "version": server.call("GET", "/version")["Version"],
            "containers": sorted(each["Names"] for each in server.call("GET", "/containers/json?all=1")),
            "images": sorted(tag for each in server.call("GET", "/images/json") for tag in each["RepoTags"]),
            "networks": sorted(each["Name"] for each in server.call("GET", "/networks")),
            "volumes": [server.call("GET", "/volumes")["Volumes"]],
            "web": server.call("GET", "/containers/web/json")["State"]["Status"],
            "processes": len(server.call("GET", "/containers/web/top")["Processes"]),
        }
        if not place.row.title:
            created = server.call("POST", "/containers/create?name=new", {"Image": "busybox", "Cmd": ["sh", "-c", "echo started; sleep 1000"], "StopSignal": "KILL"})
            for action in ("start", "restart", "stop"):
                server.call("POST", f"/containers/{created['Id']}/{action}")
            server.call("DELETE", f"/containers/{created['Id']}?force=true")
            server.call("POST", "/volumes/create", {"Name": "data"})
            seen["with a volume"] = [each["Name"] for each in server.call("GET", "/volumes")["Volumes"]]
        return seen


class Server:
    """Signs requests as a Portainer server does, with a key of its own."""

    def __init__(self, place: Place, address: str) -> None:
        self._address = address
        self.agent = ""  # its version
        key = place.folder / "key.pem"
        openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", str(key))
        signed = openssl("pkeyutl", "-sign", "-inkey", str(key), stdin=hashlib.md5(MESSAGE).digest())
        self._headers = {
            "X-PortainerAgent-PublicKey": openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER").hex(),
            "X-PortainerAgent-Signature": base64.b64encode(numbers(signed)).decode().rstrip("="),
            "Content-Type": "application/json"}
        self._context = ssl.create_default_context()  # the agent makes its certificate itself
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, self._headers, method=method)
        with urllib.request.urlopen(request, timeout=30, context=self._context) as response:
            self.agent = response.headers["Portainer-Agent"]
            return json.loads(response.read() or b"{}")


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


def numbers(signature: bytes) -> bytes:
    """The two numbers of an ECDSA signature in DER, in 32 bytes each."""
    first = signature[4:4 + signature[3]]
    second = signature[6 + signature[3]:]
    return b"".join(number[-32:].rjust(32, b"\0") for number in (first, second))
