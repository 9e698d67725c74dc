package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** Standard error is a full pipe that has no reader, as with a log driver that does not answer. */
@Tag("thorough")
class BlockedLogIT {
    private static final String LIST = "/v1.45/containers/json";
    /** More messages than the queue holds. */
    private static final int RELOADS = 300;

    @TempDir
    Path folder;

    @Test
    void reloadsAndRequestsDoNotWaitForTheReader() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(Cli.in(folder, Map.of()).run("mkfifo", pipe.toString()).exitCode())
                .isZero();
        Path file = Files.writeString(folder.resolve("env"), "CONTAINERS=1\n");
        // A pipe that is open for both directions has space for 64 KiB.
        String script = "exec 2<>" + pipe + "; head -c 65536 /dev/zero >&2; exec \"$@\"";
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
                ProxyProcess proxy =
                        ProxyProcess.startBy(script, null, daemon.socket(), Map.of("ENV_FILE", file.toString()))) {
            assertThat(ask(proxy)).startsWith("HTTP/1.1 200 ");

            List<RawClient> hellos = new ArrayList<>();
            for (int i = 0; i < 300; i++) { // more than there are threads
                hellos.add(RawClient.connect(proxy.port()).send("\u0016\u0003\u0001\u0002"));
            }
            Files.writeString(file, "CONTAINERS=0\n");
            proxy.reload();
            assertThat(ProcessResources.await(() -> ask(proxy).startsWith("HTTP/1.1 403 ")))
                    .isTrue();
            for (int i = 0; i < RELOADS; i++) {
                Files.writeString(file, "CONTAINERS=" + (i + 1) % 2 + "\n");
                String expected = (i + 1) % 2 == 1 ? "HTTP/1.1 200 " : "HTTP/1.1 403 ";
                proxy.reload();
                assertThat(ProcessResources.await(() -> ask(proxy).startsWith(expected)))
                        .isTrue();
            }
            assertThat(ProxyProcess.metric(proxy.statusPage(), "socket_proxy_messages_dropped_total"))
                    .isPositive();
            for (RawClient hello : hellos) {
                hello.close();
            }

            try (InputStream reader = Files.newInputStream(pipe)) {
                StringBuilder read = new StringBuilder();
                while (read.indexOf(" messages were dropped, because standard error did not take them\n") < 0) {
                    read.append(new String(reader.readNBytes(1), StandardCharsets.ISO_8859_1));
                }
                assertThat(read.toString()).contains("reload by SIGHUP: ");
            }
        }
    }

    private static String ask(ProxyProcess proxy) {
        try (RawClient client = RawClient.connect(proxy.port())) {
            return client.request("GET", LIST).readResponse();
        } catch (java.io.IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }
}
