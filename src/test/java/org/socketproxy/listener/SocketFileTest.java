package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.RawClient;

/** Tests the creation, the permissions and the removal of the socket file of a Unix listener. */
class SocketFileTest {
    @TempDir
    Path folder;

    private SocketProxyServer start(String listen) throws Exception {
        Map<String, String> environment = Map.of(
                "SOCKET_PATH",
                folder.resolve("daemon.sock").toString(),
                "LISTEN",
                listen,
                "STATUS_LISTEN",
                "off",
                "LOG_LEVEL",
                "err");
        Variables variables = Variables.load();
        return SocketProxyServer.start(Settings.read(environment, variables), variables);
    }

    private static void assertServed(Path socket) throws IOException {
        try (RawClient client = RawClient.connect(socket)) {
            assertThat(client.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
        }
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static ServerSocketChannel bind(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    private String[] remainingFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toArray(String[]::new);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', rw-rw----",
        "?mode=0600, rw-------",
        "?mode=0660, rw-rw----",
        "?mode=660, rw-rw----",
        "?mode=0666, rw-rw-rw-",
        "?mode=0000, ---------",
    })
    void modeDoesNotDependOnTheUmaskAndNoOtherFileRemains(String parameters, String mode) throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (SocketProxyServer server = start("unix://" + socket + parameters)) {
            assertThat(PosixFilePermissions.toString(attributes(socket).permissions()))
                    .isEqualTo(mode);
            assertThat(remainingFiles()).containsExactly("proxy.sock");
            assertThat(server.listening()).hasSize(1);
        }
        assertThat(remainingFiles()).isEmpty();
    }

    @Test
    void groupCanBeANameOrANumber() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        String name = attributes(file).group().getName();
        String number = Files.getAttribute(file, "unix:gid").toString();
        for (String group : new String[] {name, number}) {
            Path socket = folder.resolve("proxy.sock");
            try (SocketProxyServer server = start("unix://" + socket + "?group=" + group + "&mode=0640")) {
                assertThat(server.listening())
                        .extracting(Object::toString)
                        .containsExactly("unix://" + socket + "?mode=0640&group=" + group);
                assertThat(attributes(socket).group().getName()).isEqualTo(name);
                assertServed(socket);
            }
        }
    }

    @Test
    void unknownGroupIsReported() throws Exception {
        assertThatThrownBy(() -> start("unix://" + folder.resolve("proxy.sock") + "?group=no-such-group"))
                .isInstanceOf(StartException.class)
                .hasMessageEndingWith(
                        "cannot listen on this address, there is no group no-such-group. Use an existing group, or a numeric id");
        assertThat(remainingFiles()).isEmpty();
    }

    @Test
    void socketIsBoundInAPrivateDirectory() throws Exception {
        SocketFile file = new SocketFile(new UnixAddress(folder.resolve("proxy.sock"), 0666, null, null));
        Path bound = file.makePrivate();
        try (ServerSocketChannel server = bind(bound)) {
            assertThat(PosixFilePermissions.toString(
                            attributes(bound.getParent()).permissions()))
                    .isEqualTo("rwx------");
            assertThat(Files.exists(folder.resolve("proxy.sock"))).isFalse();

            file.publish(bound);
            file.removeDirectory();
            assertThat(remainingFiles()).containsExactly("proxy.sock");
        }
        file.remove();
        assertThat(remainingFiles()).isEmpty();
    }

    @Test
    void privateDirectoryIsRemovedWithItsContent() throws Exception {
        SocketFile file = new SocketFile(new UnixAddress(folder.resolve("proxy.sock"), 0666, null, null));
        try (ServerSocketChannel server = bind(file.makePrivate())) {
            file.removeDirectory();
        }
        assertThat(remainingFiles()).isEmpty();
    }

    @Test
    void staleSocketIsReplaced() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        bind(socket).close(); // the file stays
        try (SocketProxyServer server = start("unix://" + socket)) {
            assertServed(socket);
            assertThat(server.listening()).hasSize(1);
        }
        assertThat(remainingFiles()).isEmpty();
    }

    @Test
    void socketInUseIsNotReplaced() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (SocketProxyServer first = start("unix://" + socket)) {
            assertThatThrownBy(() -> start("tcp://127.0.0.1:0,unix://" + socket))
                    .isInstanceOf(StartException.class)
                    .hasMessage("LISTEN=unix://" + socket
                            + ": cannot listen on this address, another program uses it."
                            + " Stop it, or use another path");
            assertServed(socket);
            assertThat(first.listening()).hasSize(1);
        }
        assertThat(remainingFiles()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "folder", "link to a socket", "link to nothing"})
    void otherFileIsNotReplaced(String kind) throws Exception {
        Path path = folder.resolve("proxy.sock");
        try (ServerSocketChannel other = bind(folder.resolve("other.sock"))) {
            switch (kind) {
                case "file" -> Files.writeString(path, "precious");
                case "folder" -> Files.createDirectory(path);
                case "link to a socket" -> Files.createSymbolicLink(path, folder.resolve("other.sock"));
                default -> Files.createSymbolicLink(path, folder.resolve("nothing"));
            }
            Object before = attributes(path).fileKey();

            assertThatThrownBy(() -> start("unix://" + path))
                    .isInstanceOf(StartException.class)
                    .hasMessage("LISTEN=unix://" + path + ": cannot listen on this address, the file there is not a"
                            + " socket. Move it away, or use another path");
            assertThat(attributes(path).fileKey()).isEqualTo(before);
        }
        assertThat(remainingFiles()).containsExactly("other.sock", "proxy.sock");
    }

    @Test
    void stopDoesNotRemoveAReplacedSocket() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        try (SocketProxyServer server = start("unix://" + socket)) {
            assertServed(socket);
            Files.delete(socket);
            bind(socket).close();
            assertThat(server.listening()).hasSize(1);
        }
        assertThat(remainingFiles()).containsExactly("proxy.sock");
    }

    @Test
    void failedStartRemovesAllSockets() throws Exception {
        Path socket = folder.resolve("proxy.sock");
        assertThatThrownBy(() -> start("unix://" + socket + ",unix://" + folder.resolve("not/there")))
                .isInstanceOf(StartException.class)
                .hasMessage("LISTEN=unix://" + folder.resolve("not/there")
                        + ": cannot listen on this address, there is no directory " + folder.resolve("not")
                        + ". Create it, or mount one there");
        assertThat(remainingFiles()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 60})
    void longestPathOfTheSystemIsAccepted(int nameLength) throws Exception {
        int folderLength = UnixAddress.LONGEST_PATH_BYTES - 1 - Math.max(7, nameLength);
        Path deep = folder;
        while (deep.toString().length() + 1 < folderLength) {
            deep = deep.resolve(
                    "d".repeat(Math.min(50, folderLength - deep.toString().length() - 1)));
        }
        Files.createDirectories(deep);
        Path socket = deep.resolve("s".repeat(nameLength));
        try (SocketProxyServer server = start("unix://" + socket)) {
            assertServed(socket);
            assertThat(server.listening()).hasSize(1);
        }
    }
}
