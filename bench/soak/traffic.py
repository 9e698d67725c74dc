"""Operations of well-behaved clients. Each checks its result and raises Failure."""

import hashlib
import io
import json
import os
import random
import secrets
import tarfile
import tempfile
import time
from pathlib import Path

from programs import BASE, Proxy, run
from registry import Registry, manifest_digest
from wire import Connection, Failure, WebSocket, call, check, expect, frames, hijack, read_all

RELOAD_SECONDS = 30


class Traffic:
    """The target of the operations: the proxy, the registry, and a container that always runs."""

    def __init__(self, proxy: Proxy, registry: Registry, folder: Path) -> None:
        self.proxy = proxy
        self.registry = registry
        self._folder = folder

    @property
    def address(self) -> str:
        return random.choice(self.proxy.addresses)

    def docker(self, *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> str:
        """Runs the docker CLI through the proxy; a failure raises Failure."""
        done = run(["docker", *arguments], {"DOCKER_HOST": self.address, **(environment or {})}, stdin)
        check(done.returncode == 0, f"docker {' '.join(arguments)[:200]}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
        return done.stdout.decode(errors="replace")

    def container(self, command: list[str], **more: object) -> str:
        """Creates and starts a container; returns its id."""
        body = {"Image": BASE, "Cmd": command, "HostConfig": {"NetworkMode": "none"}, **more}
        made = json.loads(expect(self.address, {201}, "POST", "/containers/create", body))["Id"]
        expect(self.address, {204}, "POST", f"/containers/{made}/start")
        return made

    def remove(self, container: str) -> None:
        expect(self.address, {204}, "DELETE", f"/containers/{container}?force=1&v=1")

    # The operations

    def ps_and_inspect(self) -> None:
        connection = Connection(self.address)
        try:
            status, content = connection.call("GET", "/v1.44/containers/json?all=1")
            check(status == 200, f"list: {status} {content[:200]!r}")
            for listed in random.sample(json.loads(content), k=min(4, len(json.loads(content)))):
                status, content = connection.call("GET", f"/v1.44/containers/{listed['Id']}/json")
                # Other operations remove containers.
                check(status == 404 or status == 200 and json.loads(content)["Id"] == listed["Id"], f"inspect: {status} {content[:200]!r}")
            status, content = connection.call("GET", "/images/json")
            check(status == 200 and BASE.encode() in content, f"images: {status} {content[:200]!r}")
            for path in ("/info", "/version", "/system/df?type=image"):
                status, content = connection.call("GET", path)
                check(status == 200 and isinstance(json.loads(content), dict), f"{path}: {status}")
        finally:
            connection.close()

    def cli_ps(self) -> None:
        check(BASE in self.docker("ps", "--all") + self.docker("images", "--format", "{{.Repository}}:{{.Tag}}"), "docker images has no " + BASE)

    def exec_output(self) -> None:
        count = random.randrange(1, 20_000)
        output = self.docker("exec", "soak-target", "seq", str(count))
        check(output.split() == [str(number) for number in range(1, count + 1)], f"exec seq {count} printed {len(output)} characters")

    def exec_input(self) -> None:
        content = os.urandom(random.randrange(1, 2_000_000))
        output = self.docker("exec", "-i", "soak-target", "md5sum", stdin=content)
        check(output.split()[:1] == [hashlib.md5(content).hexdigest()], f"exec md5sum of {len(content)} bytes: {output!r}")

    def exec_exit_code(self) -> None:
        done = run(["docker", "exec", "soak-target", "sh", "-c", "echo problem >&2; exit 7"], {"DOCKER_HOST": self.address})
        check(done.returncode == 7 and done.stderr == b"problem\n", f"exec: exit code {done.returncode} {done.stderr!r}")

    def run_once(self) -> None:
        word = secrets.token_hex(8)
        check(self.docker("run", "--rm", "--network", "none", BASE, "echo", word).strip() == word, "docker run printed another word")

    def events(self) -> None:
        label = "soak=" + secrets.token_hex(8)
        filters = json.dumps({"label": [label], "event": ["create", "start", "die", "destroy"]})
        connection = Connection(self.address)
        try:
            connection.request("GET", "/events?filters=" + filters.replace('"', "%22").replace(" ", "%20").replace("[", "%5B").replace("]", "%5D"))
            response = connection.getresponse()
            check(response.status == 200, f"events: {response.status}")
            for _ in range(random.randrange(1, 6)):
                made = self.container(["true"], Labels=dict([label.split("=")]))
                expect(self.address, {200}, "POST", f"/containers/{made}/wait")
                self.remove(made)
                seen = [json.loads(response.readline()) for _ in range(4)]
                check([event["Action"] for event in seen] == ["create", "start", "die", "destroy"] and {event["id"] for event in seen} == {made},
                      f"events: {seen}")
                time.sleep(random.uniform(0, 10))
        finally:
            connection.close()

    def follow_logs(self) -> None:
        count = random.randrange(1000, 30_000)
        made = self.container(["sh", "-c", f"seq 1 {count}; sleep 1; echo end; echo problem >&2"])
        try:
            content = expect(self.address, {200}, "GET", f"/containers/{made}/logs?follow=1&stdout=1&stderr=1")
            output, errors = frames(content)
            check(output.split() == [*(b"%d" % number for number in range(1, count + 1)), b"end"] and errors == b"problem\n",
                  f"logs of seq {count}: {len(output)} bytes, {errors!r}")
        finally:
            self.remove(made)

    def cli_logs(self) -> None:
        made = self.container(["sh", "-c", "echo begin; sleep 2; echo end"])
        try:
            check(self.docker("logs", "--follow", made) == "begin\nend\n", "docker logs --follow")
            check(self.docker("wait", made) == "0\n", "docker wait")
        finally:
            self.remove(made)

    def stats(self) -> None:
        connection = Connection(self.address)
        try:
            connection.request("GET", "/containers/soak-target/stats")
            response = connection.getresponse()
            check(response.status == 200, f"stats: {response.status}")
            for _ in range(random.randrange(2, 8)):
                check(json.loads(response.readline())["name"] == "/soak-target", "stats of another container")
        finally:
            connection.close()

    def build_classic(self) -> None:
        self._build({"DOCKER_BUILDKIT": "0"}, ["build"])

    def build_kit(self) -> None:
        self._build({}, ["buildx", "build", "--load"])

    def _build(self, environment: dict[str, str], command: list[str]) -> None:
        word = secrets.token_hex(8)
        tag = f"soak-built:{word}"
        with tempfile.TemporaryDirectory(dir=self._folder) as context:
            Path(context, "Dockerfile").write_text(f"FROM {BASE}\nCOPY data /data\nRUN md5sum /data > /sum\nCMD cat /data /sum\n")
            Path(context, "data").write_text(word + "\n" * 300_000)
            self.docker(*command, "--network", "none", "--tag", tag, context, environment=environment)
        try:
            output = self.docker("run", "--rm", "--network", "none", tag)
            expected = hashlib.md5((word + "\n" * 300_000).encode()).hexdigest()
            check(output.startswith(word) and output.split()[-2:] == [expected, "/data"], f"the built image printed {output[:40]!r} … {output[-60:]!r}")
        finally:
            self.docker("rmi", "--force", tag)
        if random.random() < 0.2:
            expect(self.address, {200}, "POST", "/build/prune?all=1")

    def pull(self) -> None:
        name = f"{self.registry.host}/soak/{secrets.token_hex(6)}"
        digest = manifest_digest(name.split("/", 1)[1])
        check(digest in self.docker("pull", f"{name}:latest"), f"docker pull {name} printed no {digest}")
        self.docker("rmi", f"{name}:latest")

    def load_and_save(self) -> None:
        tag = f"soak-loaded:{secrets.token_hex(6)}"
        content = os.urandom(random.randrange(1_000_000, 6_000_000))
        tree = io.BytesIO()
        with tarfile.open(fileobj=tree, mode="w") as archive:
            entry = tarfile.TarInfo("data")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        expect(self.address, {200}, "POST", f"/images/create?fromSrc=-&repo={tag.split(':')[0]}&tag={tag.split(':')[1]}", tree.getvalue())
        try:
            saved = expect(self.address, {200}, "GET", f"/images/{tag}/get")
            check(content in saved, f"docker save of {tag}: {len(saved)} bytes without the content")
            expect(self.address, {200}, "POST", "/images/load", saved)
        finally:
            expect(self.address, {200}, "DELETE", f"/images/{tag}?force=1")

    def copy(self) -> None:
        content = os.urandom(random.randrange(1, 3_000_000))
        name = secrets.token_hex(6)
        path = self._folder / name
        path.write_bytes(content)
        try:
            made = json.loads(expect(self.address, {201}, "POST", "/containers/create", {"Image": BASE}))["Id"]
            try:
                self.docker("cp", str(path), f"{made}:/{name}")
                path.unlink()
                self.docker("cp", f"{made}:/{name}", str(path))
                check(path.read_bytes() == content, f"docker cp changed a file of {len(content)} bytes")
            finally:
                self.remove(made)
        finally:
            path.unlink(missing_ok=True)

    def attach(self) -> None:
        """An attach with input, with a half-close at its end."""
        made = self.container(["cat"], OpenStdin=True, StdinOnce=True)
        try:
            opened, begin = hijack(self.address, "POST", f"/containers/{made}/attach?stream=1&stdin=1&stdout=1&stderr=1", {"Upgrade": "tcp"})
            with opened:
                # Less than the buffers between the two ends hold: the client reads after it has written.
                content = os.urandom(random.randrange(1, 60_000))
                opened.sendall(content)
                time.sleep(random.uniform(0, 5))
                opened.shutdown(1)
                output, errors = frames(read_all(opened, begin))
            check(output == content and not errors, f"attach echoed {len(output)} of {len(content)} bytes, {errors[:100]!r}")
        finally:
            self.remove(made)

    def websocket(self) -> None:
        made = self.container(["cat"], OpenStdin=True)
        try:
            socket = WebSocket(self.address, f"/containers/{made}/attach/ws?stream=1&stdin=1&stdout=1")
            try:
                for _ in range(random.randrange(1, 6)):
                    content = secrets.token_hex(random.randrange(1, 500)).encode() + b"\n"
                    socket.send(content)
                    # Without a terminal the daemon sends the output raw.
                    check(socket.receive(len(content)) == content, "the WebSocket echoed something else")
                    time.sleep(random.uniform(0, 2))
            finally:
                socket.close()
        finally:
            self.remove(made)

    def denied(self) -> None:
        connection = Connection(self.address)
        try:
            for method, path, body, expected, message in [
                ("POST", "/v1.45/volumes/create", {"Name": "soak"}, 403, b"VOLUMES=1"),
                ("GET", "/secrets", None, 403, b"SECRETS=1"),
                ("POST", "/swarm/init", {}, 403, b"SwarmInit (POST /swarm/init)"),
                ("GET", "/no/such/operation", None, 403, b"no operation with this method and path"),
                ("GET", "/v1.45//containers/json", None, 400, b"path"),
            ]:
                status, content = connection.call(method, path, body)
                check(status == expected and message in content, f"{method} {path}: {status} {content[:200]!r} instead of {expected} {message!r}")
                if status == 400:
                    connection.close()
        finally:
            connection.close()

    def reload(self) -> None:
        for allowed in (True, False):
            self.proxy.write_settings(allowed)
            if random.random() < 0.5:
                self.proxy.hang_up()
            deadline = time.monotonic() + RELOAD_SECONDS
            status = None
            while time.monotonic() < deadline:
                status, content = call(self.address, "GET", "/nodes")
                # 503 is the daemon's answer without a swarm.
                if (status == 503 and b"swarm manager" in content) if allowed else status == 403:
                    break
                time.sleep(0.2)
            else:
                raise Failure(f"NODES={int(allowed)} has no effect after {RELOAD_SECONDS} seconds: {status} {content[:200]!r}")
            time.sleep(random.uniform(1, 5))
