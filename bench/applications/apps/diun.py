"""Diun: finds the images of containers, asks their registry, and notifies."""

import json
import re
import subprocess

from application import Application, Place, Row, given
from registry import Registry

NOTIFY = """#!/bin/sh
echo "$DIUN_ENTRY_STATUS $DIUN_ENTRY_PROVIDER ${DIUN_ENTRY_IMAGE#*/} $DIUN_ENTRY_DIGEST $DIUN_ENTRY_PLATFORM $DIUN_ENTRY_METADATA_CTN_NAMES $DIUN_ENTRY_METADATA_CTN_STATE" >> notified
"""


class Diun(Application):
    name = "diun"
    source = "`DIUN`"
    rows = (Row("PRESET=diun"),)

    def install(self) -> None:
        self._program = str(given("DIUN", "the program diun"))

    def version(self) -> str:
        return subprocess.run([self._program, "--version"], capture_output=True, text=True).stdout.strip()

    def drive(self, place: Place) -> dict[str, object]:
        registry = Registry()
        try:
            return self._drive(place, registry.host)
        finally:
            registry.close()

    def _drive(self, place: Place, host: str) -> dict[str, object]:
        for name in ("shop", "mail"):
            place.docker("pull", "--quiet", f"{host}/{name}:latest")
            place.docker("create", "--name", name, f"{host}/{name}:latest")
        place.docker("create", "--name", "ignored", "--label", "diun.enable=false", "busybox")
        script = place.folder / "notify"
        script.write_text(NOTIFY)
        script.chmod(0o755)
        place.start(self._program, "serve", "--log-json", environment={
            "DIUN_DB_PATH": str(place.folder / "diun.db"), "DIUN_WATCH_FIRSTCHECKNOTIF": "true", "DIUN_WATCH_SCHEDULE": "0 0 1 1 *",
            "DIUN_WATCH_JITTER": "0s", "DIUN_PROVIDERS_DOCKER_ENDPOINT": place.address, "DIUN_PROVIDERS_DOCKER_WATCHBYDEFAULT": "true",
            "DIUN_PROVIDERS_DOCKER_WATCHSTOPPED": "true", "DIUN_NOTIF_SCRIPT_CMD": str(script), "DIUN_NOTIF_SCRIPT_DIR": str(place.folder),
            "DIUN_REGOPTS_0_NAME": host, "DIUN_REGOPTS_0_SELECTOR": "image", "DIUN_REGOPTS_0_INSECURETLS": "true"})
        place.wait("the end of the jobs", lambda: place.logged("Next run in"))
        notified = place.wait("two notifications", lambda: (found := sorted((place.folder / "notified").read_text().splitlines())) and len(found) == 2 and found)
        messages = [json.loads(line)["message"] for line in (place.folder / "log").read_text().splitlines()]
        return {"notified": notified, "log": sorted(message for message in messages if "Next run" not in message and host not in message)}

    def event(self, text: str) -> str | None:
        return re.sub(r"127\.0\.0\.1:\d+", "registry", text)
