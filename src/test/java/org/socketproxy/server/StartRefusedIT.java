package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.socketproxy.server.Program.get;
import static org.socketproxy.server.Program.isRoot;
import static org.socketproxy.server.Program.with;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;

/** Configurations with which the program does not start: its message and its exit code. */
class StartRefusedIT {
    @TempDir
    Path temp;

    @Test
    void allInvalidValuesAreReportedAtOnce() throws Exception {
        assertRefused(
                with("LISTEN", "2375", "LOG_LEVEL", "loud", "POST", "maybe", "SHUTDOWN_TIMEOUT", "5"),
                "LISTEN=2375: the scheme is missing; use tcp://:2375",
                "SHUTDOWN_TIMEOUT=5: use a number",
                "LOG_LEVEL=loud: use one of emerg",
                "POST=maybe: use 1, true, yes or on to allow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LISTEN", "STATUS_LISTEN"})
    void portInUseIsReported(String setting) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "tcp://127.0.0.1:" + taken.getLocalPort();

            assertRefused(
                    with(setting, address),
                    setting + "=" + address + ": cannot listen on this address, the port is in use");
        }
    }

    @Test
    void invalidOneOfSeveralAddressesIsNamed() throws Exception {
        assertRefused(
                with("LISTEN", "tcp://127.0.0.1:0,tcp://192.0.2.1:0"),
                "LISTEN=tcp://192.0.2.1:0: cannot listen on this address, this machine does not have the address");
    }

    @Test
    void unknownHostNameIsReported() throws Exception {
        String name = "x".repeat(64) + ".invalid"; // too long for the DNS, so no query is sent

        assertRefused(
                with("LISTEN", "tcp://" + name + ":0"),
                "LISTEN=tcp://" + name + ":0: cannot listen on this address, the host name cannot be resolved");
    }

    @Test
    void fileInPlaceOfTheSocketFolderStopsTheStart() throws Exception {
        Path file = Files.createFile(temp.resolve("file"));

        for (String below : List.of("docker.sock", "deeper/docker.sock")) {
            String socket = file.resolve(below).toString();
            assertRefused(with("SOCKET_PATH", socket), "SOCKET_PATH=" + socket + ": ");
        }
    }

    @Test
    void inaccessibleSocketFolderStopsTheStart() throws Exception {
        assumeTrue(!isRoot() || Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv (util-linux) is needed");
        // Root may access every folder, so the program must run as another user.
        List<String> prefix = isRoot() ? List.of("setpriv", "--reuid=65534", "--clear-groups") : List.of();
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jar = Program.copyTo(temp);
        Path closed = Files.createDirectory(temp.resolve("closed"));
        Files.createDirectory(closed.resolve("deeper"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        try {
            for (String below : List.of("docker.sock", "deeper/docker.sock")) {
                Path socket = closed.resolve(below);
                try (Program program = Program.start(prefix, jar, with("SOCKET_PATH", socket.toString()))) {
                    assertRefused(
                            program.outcome(),
                            "SOCKET_PATH=" + socket + ": " + socket.getParent()
                                    + " is not a folder that this user may access. Mount the daemon's socket there, or"
                                    + " run the proxy as a user or group with access");
                }
            }
        } finally {
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        }
    }

    /** The socket's folder is accessible only to its user, like {@code /run/user/1000}. */
    @Test
    void rootlessSocketIsUsedByItsUserOnly() throws Exception {
        assumeTrue(isRoot() && Files.isExecutable(Path.of("/usr/bin/setpriv")), "root and setpriv are needed");
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jar = Program.copyTo(temp);
        Path runtime = Files.createDirectory(temp.resolve("1000"));
        String host = "unix://" + runtime.resolve("docker.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(temp, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nrootless")) {
            Files.move(daemon.socket(), runtime.resolve("docker.sock"));
            for (Path owned : List.of(runtime, runtime.resolve("docker.sock"))) {
                Files.setAttribute(owned, "unix:uid", 1000);
                Files.setAttribute(owned, "unix:gid", 1000);
            }
            Files.setPosixFilePermissions(runtime.resolve("docker.sock"), PosixFilePermissions.fromString("rw-rw----"));
            Files.setPosixFilePermissions(runtime, PosixFilePermissions.fromString("rwx------"));
            try (Program program = Program.start(as(1000), jar, with("DOCKER_HOST", host))) {
                assertThat(get(program.address().resolve("/version")).body()).isEqualTo("rootless");
            }
            try (Program program = Program.start(as(65534), jar, with("DOCKER_HOST", host))) {
                assertRefused(
                        program.outcome(),
                        "DOCKER_HOST=" + host + ": " + runtime + " is not a folder that this user may access.");
            }
        }
    }

    private static List<String> as(int user) {
        return List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups");
    }

    @Test
    void folderInPlaceOfTheLedgerStopsTheStartAndIsUnchanged(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("precious"), "precious");

        Program.Outcome outcome =
                Program.start(with("LEDGER", folder.toString())).outcome();

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .isEqualTo("docker-socket-proxy: LEDGER=" + folder + ": this is a folder; use the"
                        + " path of a new file in a writable folder, such as /data/ledger.json\n");
        assertThat(folder.resolve("precious")).hasContent("precious");
    }

    private static void assertRefused(Map<String, String> environment, String... sentences) throws Exception {
        try (Program program = Program.start(environment)) {
            assertRefused(program.outcome(), sentences);
        }
    }

    /** Asserts exit code 2 and exactly these lines on standard error. */
    static void assertRefused(Program.Outcome outcome, String... beginnings) {
        assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines()).hasSameSizeAs(beginnings);
        for (int i = 0; i < beginnings.length; i++) {
            assertThat(outcome.err().lines().toList().get(i)).startsWith("docker-socket-proxy: " + beginnings[i]);
        }
    }
}
