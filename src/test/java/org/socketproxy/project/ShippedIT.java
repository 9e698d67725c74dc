package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Shipped libraries are in {@code NOTICE} and in the SBOM, and the archives contain the licence. */
class ShippedIT {
    private static final Path TARGET = Path.of("target");

    @Test
    void everyLibraryIsListedWithItsVersion() throws IOException {
        String notice = Files.readString(Path.of("NOTICE"));
        String bill = Files.readString(TARGET.resolve("docker-socket-proxy-sbom.json"));

        assertThat(libraries()).hasSizeGreaterThan(10).allSatisfy(jar -> {
            String version = jar.replaceAll("^.*-([0-9][^-]*)\\.jar$", "$1");
            String name = jar.substring(0, jar.length() - version.length() - ".jar".length() - 1);
            String named = name.startsWith("jetty-") ? "jetty-*" : name;
            assertThat(notice).containsPattern("(?m)^" + java.util.regex.Pattern.quote(named) + " +" + version + " ");
            assertThat(bill).contains("/" + name + "@" + version);
        });
    }

    @Test
    void jarAndWarContainTheLicence() throws IOException {
        for (String archive : List.of("docker-socket-proxy.jar", "docker-socket-proxy.war")) {
            try (JarFile jar = new JarFile(TARGET.resolve(archive).toFile())) {
                assertThat(jar.getEntry("META-INF/LICENSE")).as(archive).isNotNull();
                assertThat(jar.getEntry("META-INF/NOTICE")).as(archive).isNotNull();
            }
        }
    }

    @Test
    void imageLabelHasTheVersionOfTheProgram() throws IOException {
        try (JarFile jar = new JarFile(TARGET.resolve("docker-socket-proxy.jar").toFile())) {
            var entry = jar.getEntry("org/socketproxy/server/version.txt");
            String version = new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8).strip();

            assertThat(Path.of("Dockerfile")).content().contains("\nARG VERSION=" + version + "\n");
        }
    }

    @Test
    void testLibrariesAreNotShipped() throws IOException {
        assertThat(libraries()).noneMatch(ShippedIT::isForTests);
        for (String archive : List.of("docker-socket-proxy.jar", "docker-socket-proxy.war")) {
            try (JarFile jar = new JarFile(TARGET.resolve(archive).toFile())) {
                assertThat(jar.stream().map(Object::toString))
                        .as(archive)
                        .anyMatch(entry -> entry.endsWith("StatusServlet.class"))
                        .noneMatch(ShippedIT::isForTests);
            }
        }
    }

    private static boolean isForTests(String name) {
        return name.matches(".*(?:selenium|axe|junit|assertj|docker-java|kubernetes).*");
    }

    private static List<String> libraries() throws IOException {
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib"))) {
            return jars.map(jar -> jar.getFileName().toString()).sorted().toList();
        }
    }
}
