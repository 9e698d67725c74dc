"""docker-maven-plugin of fabric8: an image and a container for the integration tests of a build."""

import re

from application import Application, Place, Row, lines, maven, maven_plugin

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shop</groupId><artifactId>shop</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>io.fabric8</groupId><artifactId>docker-maven-plugin</artifactId><version>VERSION</version>
    <configuration>
      <images>
        <image><name>shop/web:1</name><alias>web</alias>
          <build><from>nginx:alpine</from><maintainer>shop</maintainer><labels><colour>blue</colour></labels>
            <assembly><inline><files><file><source>page.html</source><outputDirectory>.</outputDirectory></file></files></inline>
              <targetDir>/usr/share/nginx/html</targetDir></assembly>
            <cmd>echo web begins; exec httpd -f -p 80 -h /usr/share/nginx/html</cmd>
          </build>
          <run><ports><port>127.0.0.1:18081:80</port></ports><containerNamePattern>%a</containerNamePattern>
            <wait><log>web begins</log><http><url>http://127.0.0.1:18081/page.html</url></http><time>60000</time></wait>
          </run>
        </image>
      </images>
    </configuration>
  </plugin></plugins></build>
</project>
"""


class Fabric8(Application):
    name = "docker-maven-plugin"
    source = "Maven Central"
    plugin = "io.fabric8:docker-maven-plugin:0.46.0"
    rows = (Row("PRESET=docker-ci ALLOW_LOGS=1"),)

    def version(self) -> str:
        return self.plugin.split(":")[2]

    def install(self) -> None:
        maven_plugin(self.folder, POM.replace("VERSION", self.version()), "-Ddocker.skip=true", *self._goals("build", "start", "stop", "remove"))

    def _goals(self, *names: str) -> list[str]:
        return [f"{self.plugin}:{name}" for name in names]

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "pom.xml").write_text(POM.replace("VERSION", self.version()))
        (place.folder / "page.html").write_text("a page\n")
        plain = place.address.replace("tcp://", "http://")  # the plugin reads tcp:// as TLS
        started = maven(place, f"-Ddocker.host={plain}", *self._goals("build", "start"))
        page = place.get("http://127.0.0.1:18081/page.html")
        containers = place.docker("ps", "--format", "{{.Names}} {{.Image}}").splitlines()
        stopped = maven(place, f"-Ddocker.host={plain}", "-Ddocker.removeAll=true", *self._goals("stop", "remove"))
        return {
            "page": page,
            "containers": containers,
            "waited": [re.sub(r"\d+ ms", "TIME", line) for line in lines(started, "Waited on")],  # for the page and for a line of the log
            "built": len(lines(started, "Built image")),
            "stop": lines(stopped, "BUILD SUCCESS"),
            "left": ["containers", place.docker("ps", "--all", "--quiet"), place.docker("images", "--quiet", "shop/web")],
        }
