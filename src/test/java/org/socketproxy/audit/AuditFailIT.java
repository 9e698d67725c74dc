package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** {@code AUDIT_FAIL=closed} with {@code AUDIT_FILE}, and {@code LEDGER}, on a disk that becomes full, and has space again. */
class AuditFailIT {
    private static final int REQUESTS = 200;

    @TempDir
    static Path folder;

    private Path disk;

    @BeforeEach
    void mount() {
        Programs.assumeInstalled("mount");
        disk = folder.resolve("disk");
        run("mkdir", "-p", disk.toString());
        run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    }

    @AfterEach
    void unmount() {
        run("umount", "-l", disk.toString());
    }

    @Test
    void aFullDiskEndsServiceAndNoServedRequestLacksItsRecord() throws Exception {
        Path file = disk.resolve("audit.log");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyProcess proxy = ProxyProcess.start(
                        daemon.socket(),
                        Map.of("CONTAINERS", "1", "AUDIT_FILE", file.toString(), "AUDIT_FAIL", "closed"))) {
            int served = send(proxy.port());
            assertThat(served).isEqualTo(REQUESTS);
            Path filler = Files.write(disk.resolve("filler"), new byte[8192]);
            fill(filler);

            assertThat(ProcessResources.await(() -> last(proxy.port()).startsWith("HTTP/1.1 503 ")))
                    .isTrue();
            assertThat(last(proxy.port()))
                    .contains(
                            "the proxy cannot write its audit log, and AUDIT_FAIL=closed denies what it cannot record");
            assertThat(ProxyProcess.metric(
                            proxy.statusPage(), "socket_proxy_log_write_failures_total{output=\"file\"}"))
                    .isPositive();
            assertThat(proxy.stderr()).contains(file + " cannot be written: No space left on device");

            Files.delete(filler);
            assertThat(ProcessResources.await(() -> last(proxy.port()).startsWith("HTTP/1.1 200 ")))
                    .isTrue();
            proxy.awaitOutput(" deny audit-unavailable GET /containers/json - 503 ");
            proxy.terminate();
            proxy.await(java.time.Duration.ofMinutes(5));
            String allowed = " allow section GET /containers/json ContainerList 200 ";
            assertThat(Files.readString(file).lines().filter(line -> line.contains(allowed)))
                    .hasSameSizeAs(proxy.stdout()
                            .lines()
                            .filter(line -> line.contains(allowed))
                            .toList())
                    .hasSizeGreaterThan(REQUESTS);
        }
    }

    @Test
    void aFullDiskKeepsTheLedgerThatIsThere() throws Exception {
        Path ledger = disk.resolve("ledger.json");
        Map<String, String> settings = Map.of("CONTAINERS", "1", "LEDGER", ledger.toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            try (ProxyProcess proxy = ProxyProcess.start(daemon.socket(), settings)) {
                assertThat(last(proxy.port())).startsWith("HTTP/1.1 200 ");
            }
            String before = Files.readString(ledger);
            Path filler = Files.write(disk.resolve("filler"), new byte[8192]);
            fill(filler);
            ProxyProcess proxy = ProxyProcess.start(daemon.socket(), settings);
            try (proxy) {
                assertThat(last(proxy.port())).startsWith("HTTP/1.1 200 ");
                proxy.terminate();
                assertThat(proxy.await(java.time.Duration.ofMinutes(5)).stderr())
                        .contains("LEDGER=" + ledger + " cannot be written", "No space left on device");
            }
            assertThat(Files.readString(ledger)).contains("ContainerList").isEqualTo(before);
            Files.delete(filler);
            try (ProxyProcess again = ProxyProcess.start(daemon.socket(), settings)) {
                assertThat(last(again.port())).startsWith("HTTP/1.1 200 ");
            }
            assertThat(Files.readString(ledger)).contains("ContainerList").isNotEqualTo(before);
        }
    }

    /** Takes all free space of the disk. */
    private void fill(Path filler) throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            for (int i = 0; i < 1024; i++) {
                out.write(new byte[4096]);
            }
            throw new AssertionError("The disk is not full");
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }
    }

    private static int send(int port) throws IOException {
        int served = 0;
        try (RawClient client = RawClient.connect(port)) {
            for (int i = 0; i < REQUESTS; i++) {
                served +=
                        client.request("GET", "/containers/json").readResponse().startsWith("HTTP/1.1 200 ") ? 1 : 0;
            }
        }
        return served;
    }

    private static String last(int port) {
        try (RawClient client = RawClient.connect(port)) {
            return client.request("GET", "/containers/json").readResponse();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private static void run(String... command) {
        Cli.Result result = Cli.in(folder, Map.of()).run(command);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }
}
