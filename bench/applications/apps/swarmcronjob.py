"""swarm-cronjob: starts the job of a Swarm service by a schedule."""

import json
import re
import subprocess

from application import Application, Place, Row, given

LABELS = ("swarm.cronjob.enable=true", "swarm.cronjob.schedule=*/3 * * * * *", "swarm.cronjob.skip-running=true")


class SwarmCronjob(Application):
    name = "swarm-cronjob"
    source = "`SWARM_CRONJOB`"
    rows = (Row("EVENTS=1 NODES=1 SERVICES=1 TASKS=1 PING=1 POST=1 VERSION=1"),)
    polls = ("container create", "container start", "container die", "container exec_die", "container destroy", "container attach",
             "service update")  # the job runs again and again

    def install(self) -> None:
        self._program = str(given("SWARM_CRONJOB", "the program swarm-cronjob"))

    def version(self) -> str:
        return subprocess.run([self._program, "--version"], capture_output=True, text=True).stdout.strip()

    def drive(self, place: Place) -> dict[str, object]:
        place.docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1")
        try:
            return self._drive(place)
        finally:
            place.docker("swarm", "leave", "--force")

    def _drive(self, place: Place) -> dict[str, object]:
        place.start(self._program, environment={"LOG_LEVEL": "debug", "LOG_JSON": "true"})
        place.wait("swarm-cronjob listens", lambda: place.logged("Listening docker events"))
        labels = [word for label in LABELS for word in ("--label", label)]
        place.docker("service", "create", "--detach", "--quiet", "--name", "job", "--restart-condition", "none", "--replicas", "0",
                     "--no-resolve-image", *labels, "busybox", "sh", "-c", "echo job runs")
        place.wait("the first job", lambda: "job runs" in place.docker("service", "logs", "--raw", "job"))
        place.docker("service", "create", "--detach", "--quiet", "--name", "other", "--replicas", "0", "--no-resolve-image", "busybox", "true")
        place.docker("service", "update", "--detach", "--quiet", "--label-add", "swarm.cronjob.enable=false", "--no-resolve-image", "job")
        place.wait("the end of the schedule", lambda: place.logged("Disable cronjob"))
        messages = [json.loads(line) for line in (place.folder / "log").read_text().splitlines()]
        return {"log": sorted({f"{message['level']} {message['message']} {message.get('service', '')}" for message in messages if message["level"] == "info"}),
                "service": place.docker("service", "inspect", "--format", "{{.Spec.Name}} {{.Spec.Mode.Replicated.Replicas}}", "job")}

    def event(self, text: str) -> str | None:
        if text.startswith(("network ", "node ", "container kill ", "container stop ")):  # set-up of the swarm; a job that was running at the end
            return None
        return re.sub(r"job\.1\.\w+", "job.1.task", text)
