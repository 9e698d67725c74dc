"""Testcontainers for Java with Ryuk: containers, networks, files and images of a test."""

import re
from pathlib import Path

from application import Application, Place, Row, require
from programs import must

RYUK = "testcontainers/ryuk:0.12.0"
HERE = Path(__file__).resolve().parent / "testcontainersjava"
# A stand-in that confirms each filter and removes nothing; the test removes its containers itself.
STAND_IN = ("EXPOSE 8080", "STOPSIGNAL SIGKILL", 'CMD ["sh", "-c", "echo Started; exec nc -ll -p 8080 -e sh -c \'while read -r line; do echo ACK; done\'"]')

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-(ID|[0-9a-f]{12})")


class TestcontainersJava(Application):
    name = "testcontainers-java"
    source = "Maven Central"
    rows = (Row("PRESET=testcontainers", title="containers"), Row("PRESET=testcontainers BUILD=1", title="with an image of a Dockerfile"))

    def version(self) -> str:
        return (HERE / "pom.xml").read_text().split("<version>")[2].split("<")[0]

    def install(self) -> None:
        require("mvn")
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "classpath"
        if not file.exists():
            must(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:build-classpath", f"-Dmdep.outputFile={file}"], limit=900)

    def drive(self, place: Place) -> dict[str, object]:
        place.image(RYUK, *STAND_IN)
        builds = ["build"] if "BUILD" in place.row.settings else []
        environment = {"TESTCONTAINERS_RYUK_CONTAINER_IMAGE": RYUK}
        printed = place.run("java", "-cp", (self.folder / "classpath").read_text(), str(HERE / "Run.java"), *builds, limit=200, environment=environment)
        seen = [line for line in printed.splitlines() if line.startswith("seen: ")]
        if "seen: end" not in seen:
            raise RuntimeError(printed[-2000:])
        return {"printed": seen, "left": place.docker("ps", "--all", "--format", "{{.Image}}").splitlines()}

    def event(self, text: str) -> str | None:
        return UUID.sub("UUID", text)
