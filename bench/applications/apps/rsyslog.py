"""rsyslog with imdocker: writes the logs of containers into a file."""

from application import Application, Place, Row, lines

CONFIGURATION = """
module(load="imdocker" DockerApiUnixSockAddr="{socket}" PollingInterval="1"
       GetContainerLogOptions="timestamps=0&follow=1&stdout=1&stderr=1&tail=all")
template(name="line" type="string" string="%$!metadata!Names% %syslogseverity-text%: %msg%\\n")
action(type="omfile" file="{folder}/messages" template="line")
"""


class Rsyslog(Application):
    name = "rsyslog-imdocker"
    source = "Debian"
    packages = ("rsyslog-docker", "rsyslog")
    rows = (Row("CONTAINERS=1 ALLOW_LOGS=1"),)
    transports = ("unix",)

    def drive(self, place: Place) -> dict[str, object]:
        written = place.folder / "messages"
        script = "echo first; echo problem >&2; until test -e /go; do sleep 0.1; done; echo last; exec sleep 1000"
        run = ("run", "--detach", "--stop-signal", "KILL")
        place.docker(*run, "--name", "early", "busybox", "sh", "-c", script)
        (place.folder / "rsyslog.conf").write_text(CONFIGURATION.format(socket=place.socket, folder=place.folder))
        place.start("rsyslogd", "-n", "-f", str(place.folder / "rsyslog.conf"), "-i", str(place.folder / "pid"))
        place.wait("lines of the first container", lambda: "problem" in written.read_text())
        place.docker(*run, "--name", "late", "busybox", "sh", "-c", script)
        place.wait("lines of the second container", lambda: "late err: problem" in written.read_text())
        for name in ("early", "late"):
            place.docker("exec", name, "touch", "/go")
        place.wait("the last lines", lambda: written.read_text().count("last") == 2)
        place.docker("rm", "--force", "early")
        return {"messages": lines(written.read_text(), " ")}
