"""jib's Maven plugin: builds an image in the daemon on an image of the daemon."""

from application import Application, Place, Row, lines, maven, maven_plugin

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shop</groupId><artifactId>shop</artifactId><version>1</version>
  <properties><maven.compiler.release>17</maven.compiler.release></properties>
  <build><plugins><plugin>
    <groupId>com.google.cloud.tools</groupId><artifactId>jib-maven-plugin</artifactId><version>VERSION</version>
    <configuration>
      <from><image>docker://debian:latest</image></from>
      <to><image>shop/jib:1</image></to>
      <extraDirectories><paths><path>files</path></paths></extraDirectories>
      <container><entrypoint><arg>cat</arg><arg>/made</arg></entrypoint><mainClass>shop.Shop</mainClass><labels><colour>blue</colour></labels></container>
    </configuration>
  </plugin></plugins></build>
</project>
"""


class Jib(Application):
    name = "jib"
    source = "Maven Central"
    plugin = "com.google.cloud.tools:jib-maven-plugin:3.4.6"
    rows = (Row("IMAGES=1 POST=1", optional={"SystemInfo": "architecture of the daemon"}),)

    def version(self) -> str:
        return self.plugin.split(":")[2]

    def install(self) -> None:
        maven_plugin(self.folder, POM.replace("VERSION", self.version()), "-Djib.skip=true", "compile", f"{self.plugin}:dockerBuild", source=SOURCE)

    def drive(self, place: Place) -> dict[str, object]:
        (place.folder / "pom.xml").write_text(POM.replace("VERSION", self.version()))
        (place.folder / "src/main/java/shop").mkdir(parents=True)
        (place.folder / "src/main/java/shop/Shop.java").write_text(SOURCE)
        (place.folder / "files").mkdir()
        (place.folder / "files/made").write_text("content\n")
        built = maven(place, f"-Djib.baseImageCache={place.folder}/base", f"-Djib.applicationCache={place.folder}/layers", "compile", f"{self.plugin}:dockerBuild")
        return {
            "build": lines(built, "Built image", "BUILD SUCCESS"),
            "image": place.docker("image", "inspect", "--format", "{{json .Config.Labels}} {{.Id}}", "shop/jib:1"),
            "file of the image": place.docker("run", "--name", "made", "--network", "none", "shop/jib:1"),
        }


SOURCE = "package shop;\n\nclass Shop {\n    public static void main(String[] none) {\n        System.out.println(1);\n    }\n}\n"
