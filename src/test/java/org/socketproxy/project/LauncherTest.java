package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code socket-proxy} with fake {@code mvn} and {@code java}, which only print their arguments. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String BUILT = "mvn -q -B -DskipTests -f %s/pom.xml package";

    @TempDir
    Path temp;

    private Path home;
    private Path jar;
    private Path source;
    private String options = "";

    @BeforeEach
    void makeCheckout() throws IOException {
        home = Files.createDirectory(temp.toRealPath().resolve("a checkout"));
        jar = home.resolve("target/docker-socket-proxy.jar");
        source = home.resolve("src/main/java/Some.java");
        Files.createDirectories(source.getParent());
        Files.createDirectories(jar.getParent());
        Files.createFile(source);
        Files.createFile(home.resolve("pom.xml"));
        Files.copy(Path.of("socket-proxy"), home.resolve("socket-proxy"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectory(temp.resolve("bin"));
        writeTool("mvn", "echo \"mvn $*\"; test ! -e \"$FAIL\"");
        writeTool("java", "echo \"java $*\"; exit 7");
    }

    @Test
    void firstUseBuildsThenRunsWithTheArguments() throws Exception {
        Outcome first = launch(home, "--help", "two words");

        assertThat(first.err()).startsWith("socket-proxy: building " + jar).contains(BUILT.formatted(home));
        assertThat(first.out()).isEqualTo(java("") + " --help two words\n");
        assertThat(first.exitCode()).as("exit code of java").isEqualTo(7);
    }

    @Test
    void builtJarRunsWithoutBuildFromAnyFolder() throws Exception {
        launch(home);

        Outcome second = launch(temp);

        assertThat(second.err()).isEmpty();
        assertThat(second.out()).isEqualTo(java("") + "\n");
    }

    @Test
    void newerSourceOrBuildFileCausesOneBuild() throws Exception {
        for (Path changed : List.of(source, home.resolve("pom.xml"))) {
            launch(home);
            Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(60)));
            Files.setLastModifiedTime(changed, FileTime.from(Instant.now().minusSeconds(1)));

            assertThat(launch(home).err()).as(changed.toString()).contains("building");
            assertThat(launch(home).err()).as(changed.toString()).isEmpty();
        }
    }

    @Test
    void failedBuildRunsNothing() throws Exception {
        Files.createFile(temp.resolve("fail"));

        Outcome outcome = launch(home);

        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.exitCode()).isNotZero();
        assertThat(jar).doesNotExist();
    }

    @Test
    void furtherOptionsOfTheJvmFollowThoseOfTheProject() throws Exception {
        options = "-Xmx200m -Dname=value";

        assertThat(launch(home).out()).isEqualTo(java("-Xmx200m -Dname=value ") + "\n");
    }

    /** Returns the expected command line without the arguments of the program. */
    private String java(String options) {
        return "java @" + home.resolve("src/main/jvm.options") + " " + options + "-jar " + jar;
    }

    private record Outcome(String out, String err, int exitCode) {}

    private Outcome launch(Path from, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("socket-proxy").toString()));
        command.addAll(List.of(arguments));
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(from.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().merge("PATH", temp.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        builder.environment().put("JAVA_OPTS", options);
        builder.environment().put("FAIL", temp.resolve("fail").toString());
        int exitCode = builder.start().waitFor();
        return new Outcome(Files.readString(out), Files.readString(err), exitCode);
    }

    private void writeTool(String name, String script) throws IOException {
        Path tool = temp.resolve("bin").resolve(name);
        Files.write(tool, ("#!/bin/sh\n" + script + "\n").getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
