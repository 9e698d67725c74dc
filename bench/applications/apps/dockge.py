"""Dockge: deploys, watches, updates and removes a stack of Compose."""

import json
import re

from application import Application, Place, Row, given, require
from debianregistry import ADDRESS, PACKAGE, push, start_registry
from socketio import SocketIo

PASSWORD = "suite-4-applications"
STACK = f"""
services:
  web:
    image: {ADDRESS}/web:1
    volumes: [data:/data]
    stop_signal: SIGKILL
  worker:
    image: {ADDRESS}/web:1
    stop_signal: SIGKILL
    networks: [back]
volumes: {{data: {{}}}}
networks: {{back: {{}}}}
"""
OPTIONAL = {"SystemInfo": "names of registries"}


class Dockge(Application):
    name = "dockge"
    source = "`DOCKGE`"
    packages = (PACKAGE, "docker-compose")
    rows = (Row("PRESET=dockge", optional=OPTIONAL), Row("PRESET=dockge CREATE=safe", "`CREATE=safe`", optional=OPTIONAL))

    def install(self) -> None:
        super().install()
        require("docker")
        self._home = given("DOCKGE", "a folder of Dockge 1.5 after npm ci")

    def version(self) -> str:
        return json.loads((self._home / "package.json").read_text())["version"]

    def drive(self, place: Place) -> dict[str, object]:
        start_registry(place)
        push(place, "web:1", "LABEL release=1", 'CMD ["sh", "-c", "echo started; exec sleep 1000"]')
        port = place.free_port()
        is_built = (self._home / "frontend-dist/index.html").exists()
        for folder in ("data", "stacks"):
            (place.folder / folder).mkdir()
        place.start("env", f"--chdir={self._home}", "node_modules/.bin/tsx", "backend/index.ts", environment={
            "NODE_ENV": "production" if is_built else "development", "DOCKGE_DATA_DIR": f"{place.folder}/data/", "DOCKGE_HOSTNAME": "127.0.0.1",
            "DOCKGE_PORT": str(port), "DOCKGE_STACKS_DIR": f"{place.folder}/stacks"})
        page = place.wait("the server", lambda: SocketIo(f"http://127.0.0.1:{port}"))
        try:
            return self._use(place, page)
        finally:
            page.close()

    def event(self, text: str) -> str:
        return re.sub(r"\b[0-9a-f]{12}_", "", text)  # Compose renames a container that it replaces

    def _use(self, place: Place, page: SocketIo) -> dict[str, object]:
        place.wait("the form of the first user", lambda: page.has_received("setup"))
        page.call("setup", "admin", PASSWORD)
        login = page.call("login", {"username": "admin", "password": PASSWORD, "token": ""})
        if not login[0].get("ok"):
            raise RuntimeError(f"login: {login}")

        def press(button: str, *arguments: object) -> dict:
            answer = page.call("agent", "", button, *arguments)[0]
            if not answer["ok"]:
                raise RuntimeError(f"{button}: {answer}\n{screen(page)[-1500:]}")
            return {name: value for name, value in answer.items() if name != "ok"}

        seen: dict[str, object] = {"deploy": press("deployStack", "shop", STACK, "", True), "progress": steps(page)}
        seen["services"] = press("serviceStatusList", "shop")
        press("getStack", "shop")
        page_text = place.wait("the log of the stack", lambda: lines_of(press("terminalJoin", "combined--shop")["buffer"], "started", 2))
        seen["log"] = page_text
        seen["statistics"] = sorted(press("dockerStats")["dockerStats"])
        seen["networks"] = press("getDockerNetworkList")
        press("interactiveTerminal", "shop", "worker", "sh")
        place.wait("the prompt of the shell", lambda: "# " in press("terminalJoin", "container-exec--shop-worker-0")["buffer"])
        page.send("agent", "", "terminalInput", "container-exec--shop-worker-0", "echo sum=$((40+2))\n")
        seen["shell"] = place.wait("the output of the shell", lambda: "sum=42" in press("terminalJoin", "container-exec--shop-worker-0")["buffer"])
        page.send("agent", "", "terminalInput", "container-exec--shop-worker-0", "exit\n")
        push(place, "web:1", "LABEL release=2", 'CMD ["sh", "-c", "echo started; exec sleep 1000"]')
        place.docker("image", "rm", "--force", f"{ADDRESS}/web:1")
        for button in ("updateStack", "restartStack", "stopStack", "startStack"):
            page.received.clear()
            seen[button] = [press(button, "shop"), steps(page)]
            if button == "updateStack":
                seen["release"] = place.docker("inspect", "--format", "{{.Config.Labels.release}}", "shop-web-1")
        for button in ("stopService", "startService", "restartService"):
            seen[button] = press(button, "shop", "worker")
        place.wait("the list of stacks", lambda: page.last("agent")[:1] == ["stackList"])
        seen["stacks"] = {name: stack["status"] for name, stack in page.last("agent")[1]["stackList"].items()}
        for button in ("downStack", "deleteStack"):
            seen[button] = press(button, "shop")
        return seen


def screen(page: SocketIo) -> str:
    """Output of Compose in the terminal of the page, without colours."""
    written = (arguments[2] for event, *arguments in list(page.received) if event == "agent" and arguments[0] == "terminalWrite")
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(written))


def steps(page: SocketIo) -> list[str]:
    """Finished steps, such as "Container shop-web-1 Started"."""
    found = re.findall(r"((?:Container|Network|Volume) \S+)\s+(Created|Started|Stopped|Removed|Running)\b|\w+ (Pulled)", screen(page))
    return sorted({" ".join(filter(None, each)) for each in found})


def lines_of(buffer: str, part: str, number: int) -> list[str]:
    found = sorted(line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", buffer).splitlines() if part in line)
    return found if len(found) >= number else []
