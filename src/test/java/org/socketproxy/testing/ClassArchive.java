package org.socketproxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Class-data archive of the built jar: a start needs 1.2 instead of 2 seconds of processor time. The first test process that starts
 * the jar writes the archive; without one the jar starts too.
 */
public final class ClassArchive {
    private static final Path FOLDER = Path.of("target", "class-archive").toAbsolutePath();
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private ClassArchive() {}

    /** Options of {@code java -jar} with this jar. */
    public static synchronized List<String> options(Path jar) {
        try {
            // The JVM uses an archive only with the same jar and the same JVM.
            Path archive = FOLDER.resolve(Files.getLastModifiedTime(jar).toMillis() + "-"
                    + System.getProperty("java.vm.version").replaceAll("\\W", "-") + ".jsa");
            if (!Files.exists(archive)) {
                write(archive, jar);
            }
            return Files.exists(archive) ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off") : List.of();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void write(Path archive, Path jar) throws IOException {
        Files.createDirectories(FOLDER);
        try (FileChannel file =
                        FileChannel.open(FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            if (!lock.isValid() || Files.exists(archive)) {
                return;
            }
            Path part = Path.of(archive + ".part");
            Map<String, String> environment = Map.of(
                    "SOCKET_PATH", FOLDER.resolve("none.sock").toString(),
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "tcp://127.0.0.1:0");
            try (Cli.Running proxy = Cli.in(FOLDER, environment)
                    .start(
                            JAVA,
                            "-XX:TieredStopAtLevel=1",
                            "-XX:ArchiveClassesAtExit=" + part,
                            "-jar",
                            jar.toString())) {
                proxy.awaitUntil("the start report", LIMIT, () -> proxy.stdout().contains("status page"));
                proxy.terminate();
                proxy.await(LIMIT);
            }
            if (Files.exists(part)) {
                Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
