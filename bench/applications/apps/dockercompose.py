"""docker compose: the services of a project from build to down."""

import re

from application import Application, Place, Row, lines

PROJECT = """
services:
  web:
    image: nginx:alpine
    ports: ["127.0.0.1:18080:80"]
    volumes: [data:/data]
    stop_signal: SIGKILL
    healthcheck: {test: ["CMD", "true"], interval: 1s}
  worker:
    build: work
    depends_on: {web: {condition: service_healthy}}
    stop_signal: SIGKILL
    networks: [default, back]
volumes: {data: {}}
networks: {back: {}}
"""
DOCKERFILE = "FROM alpine:latest\nRUN echo built > /made\nCMD [\"sh\", \"-c\", \"echo worker begins; exec sleep 1000\"]\n"


class DockerCompose(Application):
    name = "docker-compose"
    source = "Debian"
    packages = ("docker-compose",)
    rows = (Row("PRESET=docker-ci NETWORKS=1 VOLUMES=1 EVENTS=1 ALLOW_LOGS=1 ALLOW_TOP=1 ALLOW_ARCHIVE=1 EXEC=1",
                optional={"SystemInfo": "names of registries"}),)
    polls = ("container exec_create: true", "container exec_start: true", "container exec_die")  # the health check of web

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "compose.yaml").write_text(PROJECT)
        (place.folder / "work").mkdir()
        (place.folder / "work/Dockerfile").write_text(DOCKERFILE)

        def compose(*arguments: str) -> str:
            printed = place.run("/usr/libexec/docker/cli-plugins/docker-compose", "--ansi", "never", "--progress", "plain", "-p", "shop", *arguments)
            return re.sub(r"\b[0-9a-f]{12,64}\b", "ID", printed)

        place.start("/usr/libexec/docker/cli-plugins/docker-compose", "-p", "shop", "events", "--json", log="events.log")
        up = compose("up", "--detach", "--build")
        page = place.wait("the page of web", lambda: place.get("http://127.0.0.1:18080/index.html"))
        seen = {
            "up": lines(up, "Created", "Started", "Healthy"),
            "page": page,
            "ps": lines(compose("ps", "--format", "{{.Service}} {{.State}} {{.Publishers}}"), "running"),
            "log": lines(compose("logs", "--no-color", "worker"), "worker begins"),
            "exec": compose("exec", "-T", "worker", "cat", "/made"),
            "top": len(lines(compose("top", "worker"), "sleep 1000")),
            "cp": compose("cp", "worker:/made", "made") and (place.folder / "made").read_text(),
            "run": lines(compose("run", "--rm", "-T", "worker", "echo", "inside"), "inside"),
            "images": sorted(re.sub(r"\s+", " ", line)[:40] for line in lines(compose("images"), "shop-")),
            "scale": lines(compose("up", "--detach", "--scale", "worker=2"), "Created", "Started"),
            "restart": lines(compose("restart", "web"), "Started"),
            "down": lines(compose("down", "--volumes", "--rmi", "local"), "Removed"),
        }
        place.wait("the event of the removed container", lambda: place.logged('"action":"destroy"', "events.log"))
        seen["left"] = ["containers:", place.docker("ps", "--all", "--quiet"), "volumes:", place.docker("volume", "ls", "--quiet")]
        return seen
