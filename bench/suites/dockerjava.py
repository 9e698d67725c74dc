"""The integration tests of docker-java, from Maven Central."""

import re
from pathlib import Path

from programs import must
from suite import Suite

HERE = Path(__file__).resolve().parent / "docker-java"


class DockerJava(Suite):
    """The program is a file with the class path."""

    def __init__(self, folder: Path, minutes: float) -> None:
        super().__init__("docker-java", folder, minutes)

    def build(self) -> None:
        if not self.is_built():
            must(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:build-classpath", f"-Dmdep.outputFile={self.program}"])

    def command(self) -> list[str]:
        class_path = self.program.read_text()
        jar = next(path for path in class_path.split(":") if re.search(r"/docker-java-[0-9.]+-tests[.]jar$", path))
        return ["java", "-cp", class_path, str(HERE / "Suite.java"), jar]
