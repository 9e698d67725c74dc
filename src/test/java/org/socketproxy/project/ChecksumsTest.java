package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code .mvn/checksums.sha256}: Maven compares each file that it loads with its row. */
class ChecksumsTest {
    private static final Path FILE = Path.of(".mvn/checksums.sha256");
    private static final String REPOSITORY = "/repository/";

    /** Jars of the class path that come from Maven's repository. */
    static List<Path> libraries() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains(REPOSITORY) && entry.endsWith(".jar"))
                .map(Path::of)
                .toList();
    }

    private static Map<String, String> recorded() throws IOException {
        try (Stream<String> lines = Files.lines(FILE)) {
            return lines.map(line -> line.split("  ")).collect(Collectors.toMap(row -> row[1], row -> row[0]));
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void eachLibraryHasARowWithItsChecksum(Path library) throws IOException, GeneralSecurityException {
        String path = library.toString();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(library));

        assertThat(recorded())
                .containsEntry(
                        path.substring(path.lastIndexOf(REPOSITORY) + REPOSITORY.length()),
                        HexFormat.of().formatHex(digest));
    }

    @Test
    void pluginsThatRunCodeHaveARow() throws IOException {
        assertThat(recorded().keySet())
                .anyMatch(path -> path.matches(".*/maven-compiler-plugin-[\\d.]+\\.jar"))
                .anyMatch(path -> path.matches(".*/maven-surefire-plugin-[\\d.]+\\.jar"))
                .anyMatch(path -> path.matches(".*/error_prone_core-[\\d.]+\\.jar"));
    }

    @Test
    void mavenComparesWithTheFile() {
        assertThat(Path.of(".mvn/maven.config"))
                .content()
                .contains(
                        "-Daether.artifactResolver.postProcessor.trustedChecksums=true",
                        "-Daether.trustedChecksumsSource.summaryFile=true",
                        "summaryFile.basedir=${session.rootDirectory}/.mvn");
    }
}
