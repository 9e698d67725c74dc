package org.socketproxy.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** Runs programs with dockerode, which the first test process that needs it installs in {@code target}. Skipped without Node.js. */
public final class Dockerode {
    private static final Path FOLDER = Path.of("target", "dockerode").toAbsolutePath();
    private static final String INSTALL = "test -e installed"
            + " || { npm install --silent --no-audit --no-fund dockerode@4.0.9 && touch installed; }";

    private Dockerode() {}

    /** Runs a program with the proxy as {@code DOCKER_HOST}. */
    public static Cli.Result run(Path folder, int port, String program) throws IOException {
        Programs.assumeInstalled("node", "npm");
        install();
        Path script = Files.writeString(Files.createTempFile(folder, "program", ".js"), program);
        Map<String, String> environment =
                Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + port, "NODE_PATH", FOLDER + "/node_modules");
        return Cli.in(folder, environment).run("node", script.toString());
    }

    private static synchronized void install() throws IOException {
        Files.createDirectories(FOLDER);
        try (FileChannel file =
                        FileChannel.open(FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            Cli.Result installed = Cli.in(FOLDER, Map.of()).script(INSTALL);
            if (!lock.isValid() || installed.exitCode() != 0) {
                throw new AssertionError(installed.stdout() + installed.stderr());
            }
        }
    }
}
