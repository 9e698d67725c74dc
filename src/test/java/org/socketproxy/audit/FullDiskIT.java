package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
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

/** The audit log on a disk of 256 KiB, which becomes full, and has space again. */
class FullDiskIT {
    private static final Pattern LINE = Pattern.compile(
            "(?m)^\\S+Z #\\d+ 127.0.0.1 deny variable-missing GET /images/json ImageList 403 \\S+ \\S+(?: set=\"IMAGES=1\")? seq=(\\d+)$");
    /** The begin of a line that the disk did not take as a whole; the whole line follows. */
    private static final Pattern PART = Pattern.compile("(?m)^(.+)\n(?=\\1.)");

    private static final Pattern LOST =
            Pattern.compile("audit: (\\d+) records were dropped, because the output did not take them");
    /** More than disk and queue hold. */
    private static final int MANY = 13_000;

    @TempDir
    static Path folder;

    private Path disk;
    private Path log;

    @BeforeEach
    void mount() throws IOException {
        Programs.assumeInstalled("mount");
        disk = Files.createDirectories(folder.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
        log = Files.createFile(disk.resolve("log"));
    }

    @AfterEach
    void unmount() {
        run("umount", "-l", disk.toString());
    }

    @Test
    void recordsWaitForSpaceAndEachLostOneIsCounted() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyProcess proxy = ProxyProcess.startBy("exec \"$@\" >>" + log, log, daemon.socket(), Map.of())) {
            int port = proxy.port();
            String report = proxy.stdout();
            String page = proxy.statusPage();
            deny(port, MANY);
            assertThat(ProcessResources.await(() -> metric(page, "audit_dropped_total") > 0))
                    .isTrue();
            assertThat(metric(page, "log_write_failures_total{output=\"stdout\"}"))
                    .isPositive();
            assertThat(proxy.stderr()).containsOnlyOnce("standard output cannot be written: No space left on device");

            run("mount", "-o", "remount,size=8m", disk.toString());
            assertThat(ProcessResources.await(() -> LOST.matcher(read(log)).find()))
                    .isTrue();
            deny(port, 1);
            long last = MANY + 1;
            assertThat(ProcessResources.await(() -> read(log).endsWith(" seq=" + last + "\n")))
                    .isTrue();

            proxy.awaitError("standard output can be written again");
            String lines = PART.matcher(read(log).substring(report.length())).replaceAll("");
            assertThat(LINE.matcher(lines)
                            .results()
                            .map(line -> Long.parseLong(line.group(1)))
                            .toList())
                    .hasSize((int) (last - metric(page, "audit_dropped_total")))
                    .isSorted()
                    .doesNotHaveDuplicates()
                    .startsWith(1L)
                    .endsWith(last);
            assertThat(LINE.matcher(lines).replaceAll("").lines().filter(line -> !line.isEmpty()))
                    .singleElement()
                    .asString()
                    .containsPattern(LOST);
        }
    }

    private static void deny(int port, int requests) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            for (int i = 0; i < requests; i++) {
                assertThat(client.request("GET", "/images/json").readResponse()).startsWith("HTTP/1.1 403 ");
            }
        }
    }

    private static double metric(String page, String name) {
        return ProxyProcess.metric(page, "socket_proxy_" + name);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private static void run(String... command) {
        Cli.Result result = Cli.in(folder, Map.of()).run(command);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }
}
