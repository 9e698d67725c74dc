package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RealDocker;

/**
 * The image of the Dockerfile on substitute base images. The first test process that needs it builds it and saves it in {@code
 * target}; the others load it from there until a file changes from which it is built.
 */
public final class BuiltImage {
    static final String NAME = "docker-socket-proxy:test";

    private static final Path FOLDER = Path.of("target", "test-image").toAbsolutePath();
    /** All files from which the image is built. */
    private static final List<Path> SOURCES = Stream.of(
                    "Dockerfile",
                    ".dockerignore",
                    "pom.xml",
                    "LICENSE",
                    "NOTICE",
                    ".mvn",
                    "src/main",
                    "src/image",
                    "src/test/image")
            .map(Path::of)
            .toList();

    private static final Duration LIMIT = Duration.ofMinutes(20);

    private static boolean isProvided;

    /** True if the image cannot be built: a second try would take minutes and fail in the same way. */
    private static boolean hasFailed;

    private BuiltImage() {}

    /** Loads or builds the image, once for each test process. */
    static synchronized void provideTo(RealDocker docker) throws IOException {
        if (isProvided) {
            return;
        }
        assertThat(hasFailed).as("the first build of the image failed").isFalse();
        try {
            saveOrElse(docker.socket(), saved -> run(docker.socket(), "docker", "load", "--input", saved.toString()));
        } catch (IOException | AssertionError e) {
            hasFailed = true;
            throw e;
        }
        isProvided = true;
    }

    /** Loads the image into a daemon of a test. */
    static void loadInto(Path socket, RealDocker builder) throws IOException {
        provideTo(builder);
        saveOrElse(builder.socket(), saved -> run(socket, "docker", "load", "--input", saved.toString()));
    }

    /** Builds the image with a daemon and saves it, unless it is saved. */
    public static void save(Path socket) throws IOException {
        saveOrElse(socket, saved -> {});
    }

    private static void saveOrElse(Path socket, Consumer<Path> ifSaved) throws IOException {
        Programs.assumeInstalled("mmdebstrap");
        Files.createDirectories(FOLDER);
        try (FileChannel file =
                        FileChannel.open(FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            assertThat(lock.isValid()).isTrue();
            Path saved = FOLDER.resolve(digest(SOURCES) + ".tar");
            if (Files.exists(saved)) {
                ifSaved.accept(saved);
            } else {
                build(socket, saved);
            }
        }
    }

    private static void build(Path socket, Path saved) throws IOException {
        run(socket, "src/test/image/build", NAME);
        deleteSaved();
        Path part = FOLDER.resolve("part");
        run(socket, "docker", "save", "--output", part.toString(), NAME);
        Files.move(part, saved, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes the images of earlier states of the sources. */
    private static void deleteSaved() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path old :
                    files.filter(file -> file.toString().endsWith(".tar")).toList()) {
                Files.delete(old);
            }
        }
    }

    private static void run(Path socket, String... command) {
        Cli cli = Cli.in(
                Path.of("").toAbsolutePath(),
                Map.of("HOME", System.getProperty("user.home"), "DOCKER_HOST", "unix://" + socket));
        try (Cli.Running running = cli.start(command)) {
            running.closeStdin();
            Cli.Result result = running.await(LIMIT);
            assertThat(result.exitCode()).as(result.stdout() + result.stderr()).isZero();
        }
    }

    /** Digest of names, modes and contents. */
    private static String digest(List<Path> sources) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path source : sources) {
                try (Stream<Path> files = Files.walk(source)) {
                    for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                        byte[] content = Files.readAllBytes(file);
                        digest.update((file + " " + PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                                        + " " + content.length + "\n")
                                .getBytes(StandardCharsets.UTF_8));
                        digest.update(content);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
