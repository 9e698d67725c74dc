package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** Requests with an Upgrade header but without {@code Connection: Upgrade}: dockerd and the proxy respond alike. */
class UpgradeIT {
    @ParameterizedTest
    @CsvSource({
        "101, POST /containers/upgrade-it/attach?stream=1&stdout=1, tcp",
        "101, POST /exec/EXEC/start, tcp",
        "101, POST /session, h2c",
        "400, GET /containers/upgrade-it/attach/ws?stream=1, websocket",
        "200, GET /_ping, tcp",
        "200, GET /_ping, h2c",
    })
    void daemonIgnoresTheConnectionHeader(String status, String request, String token, @TempDir Path folder)
            throws IOException {
        RealDocker docker = RealDocker.get();
        Cli cli = docker.cli(folder, Map.of());
        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(docker.socket())) {
            assertThat(cli.script("docker run -d --name upgrade-it --network none busybox:local sleep 600")
                            .exitCode())
                    .isZero();
            assertThat(direct(docker.socket(), head(request.replace("EXEC", exec(proxy)), token)))
                    .startsWith("HTTP/1.1 " + status + " ");
            try (RawClient client = proxy.connect()) {
                client.send(head(request.replace("EXEC", exec(proxy)), token));
                assertThat(client.readHead()).startsWith("HTTP/1.1 " + status + " ");
            }
        } finally {
            cli.script("docker rm -f upgrade-it");
        }
    }

    private static String exec(ProxyUnderTest proxy) throws IOException {
        String body = "{\"AttachStdout\":true,\"Cmd\":[\"true\"]}";
        try (RawClient client = proxy.connect()) {
            client.send("POST /containers/upgrade-it/exec HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            return client.readResponse().replaceAll("(?s).*\"Id\":\"(\\w+)\".*", "$1");
        }
    }

    private static String head(String request, String token) {
        return request + " HTTP/1.1\r\nHost: d\r\nUpgrade: " + token
                + "\r\n"
                + "X-Docker-Expose-Session-Uuid: " + UUID.randomUUID() + "\r\n"
                + (request.endsWith("/session") // a body would be read as HTTP/2
                        ? "\r\n"
                        : "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    }

    private static String direct(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(1);
            while (!answer.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")
                    && channel.read(buffer.clear()) > 0) {
                answer.write(buffer.array(), 0, buffer.position());
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
