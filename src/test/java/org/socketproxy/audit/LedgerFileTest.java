package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.api.OperationCatalogue;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;

class LedgerFileTest {
    private static final Instant BEGIN = Instant.parse("2026-11-25T03:00:00Z");
    private static final Decision CREATED = new Decision(
            Reason.SECTION,
            OperationCatalogue.load().operations().stream()
                    .filter(operation -> operation.id().equals("ContainerCreate"))
                    .findFirst()
                    .orElseThrow(),
            true,
            List.of("CONTAINERS", "POST"),
            List.of());

    private final List<String> notices = new ArrayList<>();

    @TempDir
    Path folder;

    private LedgerFile open() {
        return LedgerFile.open(folder.resolve("ledger.json"), BEGIN, notices::add);
    }

    @Test
    void whatWasCountedIsThereAgainAfterARestart() throws IOException {
        Usage before;
        try (LedgerFile file = open()) {
            file.ledger().add(created("192.0.2.1", 201), CREATED);
            file.ledger().add(created("unix", 502), CREATED);
            file.ledger().add(denied("/nonsense"), null);
            before = file.ledger().snapshot().withoutDenials();
        }
        try (LedgerFile file = LedgerFile.open(folder.resolve("ledger.json"), Instant.now(), notices::add)) {
            assertThat(file.ledger().snapshot()).isEqualTo(before);
            assertThat(before.operations()).hasSize(2);
            assertThat(before.since()).isEqualTo(BEGIN);
        }
        assertThat(notices).isEmpty();
        assertThat(files()).containsExactly("ledger.json");
    }

    @Test
    void theFileIsNobodyElsesAndHoldsNothingThatAClientSentInAPath() throws IOException {
        try (LedgerFile file = open()) {
            file.ledger().add(denied("/hunter2"), null);
        }

        Path written = folder.resolve("ledger.json");
        assertThat(Files.readString(written)).contains("\"version\":1").doesNotContain("hunter2");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatNothingHappenedToIsNotWrittenAgain() throws IOException {
        Path written = folder.resolve("ledger.json");
        try (LedgerFile file = open()) {
            Files.delete(written);
        }
        assertThat(written).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "`` -> it ends too early",
                "no json -> it is no JSON: Unrecognized token 'no'",
                "{\"format\":\"docker-socket-proxy ledger\",\"version\":1 -> it is no JSON: Unexpected end-of-input",
                "[] -> a field is missing or has another type",
                "{} -> a field is missing or has another type",
                "{\"format\":\"another\",\"version\":1} -> it is no ledger of this version",
                "{\"format\":\"docker-socket-proxy ledger\",\"version\":2} -> it is no ledger of this version",
                "{\"format\":\"docker-socket-proxy ledger\",\"version\":1.5} -> a number is not whole",
                "VARIABLE:{\"variable\":\"POST\",\"count\":-1,\"last\":\"2026-11-25T03:00:00Z\"} -> the count is negative",
                "VARIABLE:{\"variable\":\"<b> x\",\"count\":1,\"last\":\"2026-11-25T03:00:00Z\"} -> the variable is no name",
                "VARIABLE:{\"variable\":\"POST\",\"count\":\"1\",\"last\":\"2026-11-25T03:00:00Z\"} -> a field is missing",
                "VARIABLE:{\"variable\":\"POST\",\"count\":1,\"last\":\"yesterday\"} -> a field is missing or has another type",
                "VARIABLE:{\"variable\":\"POST\",\"count\":1,\"last\":[[[[[[[[[[[[]]]]]]]]]]]]} -> it is no JSON: Document nesting",
            })
    void aFileThatIsBrokenOrSomebodyElsesIsKeptAsideAndTheStartGoesOn(String text, String reason) throws IOException {
        String content = text.startsWith("VARIABLE:")
                ? "{\"format\":\"docker-socket-proxy ledger\",\"version\":1,\"since\":\"2026-11-25T03:00:00Z\","
                        + "\"operations\":[],\"clients\":[],\"variables\":[" + text.substring(9) + "]}"
                : text;
        Files.writeString(folder.resolve("ledger.json"), content);

        try (LedgerFile file = open()) {
            assertThat(file.ledger().snapshot())
                    .isEqualTo(new Usage(BEGIN, List.of(), List.of(), List.of(), List.of()));
        }

        assertThat(notices)
                .singleElement()
                .asString()
                .startsWith("LEDGER=" + folder + "/ledger.json cannot be read (" + reason)
                .endsWith("), so the record begins anew; the file is kept as " + folder + "/ledger.json.broken");
        assertThat(Files.readString(folder.resolve("ledger.json.broken"))).isEqualTo(content);
        assertThat(files()).containsExactly("ledger.json", "ledger.json.broken");
    }

    @Test
    void aFolderThatIsMissingIsToldOnceAndStopsNothing() {
        try (LedgerFile file = LedgerFile.open(folder.resolve("missing/ledger.json"), BEGIN, notices::add)) {
            file.ledger().add(created("192.0.2.1", 201), CREATED);
        }

        assertThat(notices)
                .singleElement()
                .asString()
                .contains("missing/ledger.json cannot be written (", "mount the folder, not the file");
    }

    @Test
    void theProxyKeepsItOverARestart() throws Exception {
        Path kept = folder.resolve("ledger.json");
        for (int run = 1; run <= 2; run++) {
            try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("LEDGER", kept.toString()))) {
                proxy.ask("GET", "/_ping");
                proxy.ask("GET", "/images/hunter2/json?token=hunter2");
            }
            assertThat(Files.readString(kept))
                    .contains("\"operation\":\"SystemPing\",\"write\":false,\"allowed\":" + run + ",\"denied\":0")
                    .contains("\"operation\":\"ImageInspect\",\"write\":false,\"allowed\":0,\"denied\":" + run)
                    .doesNotContain("hunter2");
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static AuditRecord created(String client, int status) {
        return new AuditRecord(
                BEGIN,
                1,
                Client.at(client),
                "POST",
                "/containers/create",
                "ContainerCreate",
                Passage.ALLOW,
                "section",
                status,
                Duration.ZERO,
                false,
                10,
                2000);
    }

    private static AuditRecord denied(String path) {
        return new AuditRecord(
                BEGIN,
                1,
                Client.at("192.0.2.1"),
                "GET",
                path,
                null,
                Passage.DENY,
                "unlisted",
                403,
                Duration.ZERO,
                false,
                10,
                2000);
    }
}
