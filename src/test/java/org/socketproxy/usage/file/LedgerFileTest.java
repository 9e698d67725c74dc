package org.socketproxy.usage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.client.CertificateIdentity;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.Records;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.file.LedgerFile.UnusableLedgerException;

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

    private static final String MARKER = "{\"format\":\"docker-socket-proxy ledger\",";

    private final List<String> notices = new ArrayList<>();

    @TempDir
    Path folder;

    private LedgerFile open() throws IOException {
        return LedgerFile.open(folder.resolve("ledger.json"), BEGIN, notices::add);
    }

    @Test
    void countsSurviveRestart() throws IOException {
        Usage before;
        try (LedgerFile file = open()) {
            file.ledgers().of("default").add(created("192.0.2.1", 201), CREATED, List.of());
            file.ledgers().of("default").add(created("unix", 502), CREATED, List.of());
            file.ledgers().of("default").add(denied("/nonsense"), null, List.of());
            before = file.ledgers().of("default").snapshot().withoutDenials();
        }
        try (LedgerFile file = LedgerFile.open(folder.resolve("ledger.json"), Instant.now(), notices::add)) {
            assertThat(file.ledgers().of("default").snapshot()).isEqualTo(before);
            assertThat(before.operations()).hasSize(2);
            assertThat(before.clients())
                    .filteredOn(client -> client.failed() == 1)
                    .hasSize(1);
            assertThat(before.since()).isEqualTo(BEGIN);
        }
        assertThat(notices).isEmpty();
        assertThat(files()).containsExactly("ledger.json");
    }

    @Test
    void fileIsPrivateAndContainsNoPaths() throws IOException {
        try (LedgerFile file = open()) {
            file.ledgers().of("default").add(denied("/hunter2"), null, List.of());
        }

        Path written = folder.resolve("ledger.json");
        assertThat(Files.readString(written)).contains("\"version\":1").doesNotContain("hunter2");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
                .isEqualTo("rw-------");
    }

    /** Reasons are labels of a metric. */
    @ParameterizedTest
    @CsvSource({
        "'', ''", // an earlier version of the program
        "',\"reason\":null', ''",
        "',\"reason\":\"section\"', section",
        "',\"reason\":\"made-up\"', ''"
    })
    void onlyKnownReasonsOfAFileAreKept(String field, String reason) throws IOException {
        Files.writeString(
                folder.resolve("ledger.json"),
                MARKER
                        + "\"version\":1,\"since\":\"2026-11-25T03:00:00Z\",\"variables\":[],\"clients\":[],\"operations\":["
                        + "{\"operation\":\"ImageList\",\"last\":\"2026-11-25T04:00:00Z\",\"outcomes\":["
                        + "{\"allowed\":true,\"statusClass\":2,\"count\":5" + field + "}]}]}");

        try (LedgerFile file = open()) {
            assertThat(file.ledgers().of("default").snapshot().operations())
                    .flatExtracting(Usage.OperationUse::outcomes)
                    .containsExactly(new Usage.Outcome(true, 2, reason.isEmpty() ? null : reason, 5));
        }
        assertThat(notices).isEmpty();
    }

    @Test
    void clientOfAnOlderLedgerWasFirstSeenAtItsOldestOperation() throws IOException {
        String operation = "{\"operation\":\"ImageList\",\"write\":%s,\"allowed\":1,\"denied\":0,\"last\":\"%s\"}";
        Files.writeString(
                folder.resolve("ledger.json"),
                MARKER
                        + "\"version\":1,\"since\":\"2026-11-25T03:00:00Z\",\"operations\":[],\"variables\":[],"
                        + "\"clients\":[{\"client\":\"192.0.2.1\",\"last\":\"2026-11-25T04:00:00Z\",\"asked\":["
                        + operation.formatted(false, "2026-11-25T04:00:00Z") + ","
                        + operation.formatted(true, "2026-11-25T03:30:00Z") + "]}]}");

        try (LedgerFile file = open()) {
            assertThat(file.ledgers().of("default").snapshot().clients())
                    .extracting(Usage.ClientUse::first, Usage.ClientUse::failed)
                    .containsExactly(tuple(Instant.parse("2026-11-25T03:30:00Z"), 0L));
        }
    }

    @Test
    void unchangedLedgerIsNotWritten() throws IOException {
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
                "`` -> invalid JSON: Unexpected end-of-input",
                "\"version\":1 -> invalid JSON: Unexpected end-of-input",
                "\"version\":3} -> the ledger has another format or version",
                "\"version\":1.5} -> a number is not a whole number",
                "\"version\":1} -> a field is missing or has another type",
                "\"version\":1,\"since\":\"2026-11-25T03:00:00Z\"} no json -> invalid JSON: Unrecognized token 'no'",
                "VARIABLE:{\"variable\":\"POST\",\"count\":-1,\"last\":\"2026-11-25T03:00:00Z\"} -> the count is"
                        + " negative",
                "VARIABLE:{\"variable\":\"<b> x\",\"count\":1,\"last\":\"2026-11-25T03:00:00Z\"} -> the variable is not"
                        + " a valid name",
                "VARIABLE:{\"variable\":\"POST\",\"count\":\"1\",\"last\":\"2026-11-25T03:00:00Z\"} -> a field is"
                        + " missing",
                "VARIABLE:{\"variable\":\"POST\",\"count\":1,\"last\":\"yesterday\"} -> a field is missing or has"
                        + " another type",
                "VARIABLE:{\"variable\":\"POST\",\"count\":1,\"last\":\"+1000000000-12-31T23:59:59Z\"} -> a field is missing"
                        + " or has another type",
                "VARIABLE:{\"variable\":\"POST\",\"count\":1,\"last\":[[[[[[[[[[[[]]]]]]]]]]]]} -> invalid JSON:"
                        + " Document nesting",
            })
    void damagedLedgerIsRenamedAndStartContinues(String text, String reason) throws IOException {
        String content = MARKER
                + (text.startsWith("VARIABLE:")
                        ? "\"version\":1,\"since\":\"2026-11-25T03:00:00Z\",\"operations\":[],\"clients\":[],"
                                + "\"variables\":[" + text.substring(9) + "]}"
                        : text);
        Files.writeString(folder.resolve("ledger.json"), content);
        Files.writeString(folder.resolve("ledger.json.broken"), MARKER + "an earlier one");

        try (LedgerFile file = open()) {
            assertThat(file.ledgers().of("default").snapshot())
                    .isEqualTo(new Usage(BEGIN, List.of(), List.of(), List.of(), List.of()));
        }

        assertThat(notices)
                .singleElement()
                .asString()
                .startsWith("LEDGER=" + folder + "/ledger.json cannot be read (" + reason)
                .endsWith("), so the ledger starts empty; the proxy renamed the file to " + folder
                        + "/ledger.json.broken");
        assertThat(Files.readString(folder.resolve("ledger.json.broken"))).isEqualTo(content);
        assertThat(files()).containsExactly("ledger.json", "ledger.json.broken");
    }

    /** Text of a file, or another kind of file at the path. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '`',
            value = {
                "`` -> this file is not a ledger",
                "no json -> this file is not a ledger",
                "{} -> this file is not a ledger",
                "[] -> this file is not a ledger",
                "{\"format\":\"another\",\"version\":1} -> this file is not a ledger",
                "{\"a\":1,\"format\":\"docker-socket-proxy ledger\"} -> this file is not a ledger",
                "FOLDER -> this is a folder",
                "LINK TO A LEDGER -> this is a symbolic link",
                "LINK TO NOTHING -> this is a symbolic link",
                "SOCKET -> this is not a regular file",
                "FIFO -> this is not a regular file",
            })
    void otherFilePreventsStartAndIsUnchanged(String what, String advice) throws Exception {
        Path place = folder.resolve("ledger.json");
        Path other = Files.writeString(folder.resolve("other"), MARKER);
        switch (what) {
            case "FOLDER" -> Files.writeString(Files.createDirectory(place).resolve("precious"), "precious");
            case "LINK TO A LEDGER" -> Files.createSymbolicLink(place, other);
            case "LINK TO NOTHING" -> Files.createSymbolicLink(place, folder.resolve("nothing"));
            case "SOCKET" ->
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(place))
                        .close();
            case "FIFO" ->
                assertThat(new ProcessBuilder("mkfifo", place.toString())
                                .start()
                                .waitFor())
                        .isZero();
            default -> Files.writeString(place, what);
        }
        Map<String, Object> before = attributes(place);

        assertThatThrownBy(this::open)
                .isInstanceOf(UnusableLedgerException.class)
                .hasMessageStartingWith(advice)
                .hasMessageEndingWith(
                        "; use the path of a new file in a writable folder, such as" + " /data/ledger.json");
        assertThat(attributes(place)).isEqualTo(before);
        assertThat(files()).containsExactly("ledger.json", "other");
        assertThat(other).hasContent(MARKER);
        assertThat(notices).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/null", "/dev/zero", "/proc/self/mem", "/", "/tmp"})
    void systemPathIsRejected(Path place) {
        assertThatThrownBy(() -> LedgerFile.learningSince(place)).isInstanceOf(UnusableLedgerException.class);
    }

    @Test
    void damagedLedgerDoesNotReplaceOtherFile() throws IOException {
        Path place = Files.writeString(folder.resolve("ledger.json"), MARKER);
        Path other = Files.writeString(folder.resolve("ledger.json.broken"), "precious");

        assertThatThrownBy(this::open).hasMessageContaining("the ledger is damaged, and cannot be renamed to " + other);
        assertThat(place).hasContent(MARKER);
        assertThat(other).hasContent("precious");
    }

    @Test
    void fileCreatedAtRuntimeIsNotReplaced() throws IOException {
        Path place = folder.resolve("ledger.json");
        try (LedgerFile file = open()) {
            file.ledgers().of("default").add(created("192.0.2.1", 201), CREATED, List.of());
            Files.writeString(place, "precious");
        }
        assertThat(place).hasContent("precious");
        assertThat(files()).containsExactly("ledger.json");
        assertThat(notices).singleElement().asString().contains("cannot be written", "this file is not a ledger");
    }

    @Test
    void otherFilesInFolderAreNotWritten() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "precious");
        Path temporary = Files.createSymbolicLink(folder.resolve("ledger.json.tmp"), precious);
        try (LedgerFile file = open()) {
            file.ledgers().of("default").add(created("192.0.2.1", 201), CREATED, List.of());
        }
        assertThat(temporary).isSymbolicLink().hasContent("precious");
        assertThat(files()).containsExactly("ledger.json", "ledger.json.tmp", "precious");
        assertThat(notices).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "O=Acme Inc, CN=Alice Smith",
                "CN=\"quoted\" \\ back",
                "CN=\u00e4\u00f6\u00fc \u65e5\u672c\u8a9e \ud83d\ude00",
                "CN=\u0000\u001b[2J\n\u202e\ud800",
                "others",
                "CN=<script>alert(1)</script>",
            })
    void unusualClientNameSurvivesRestart(String subject) throws IOException {
        for (String name : List.of(subject, subject.repeat(100))) {
            Client client = new Client(
                    null,
                    "192.0.2.1",
                    null,
                    null,
                    null,
                    new Client.Certificate(name, List.of(), CertificateIdentity.NONE));
            Client user = Client.unix(null, null, new UnixPeer(name, name, 1, 1));
            Client address = Client.at(name + "!");
            Usage before;
            try (LedgerFile file = open()) {
                for (Client each : List.of(client, user, address)) {
                    file.ledgers().of("default").add(created(each, 201), CREATED, List.of());
                }
                before = file.ledgers().of("default").snapshot();
            }
            try (LedgerFile file = open()) {
                assertThat(file.ledgers().of("default").snapshot()).isEqualTo(before);
                assertThat(before.clients()).extracting(Usage.ClientUse::client).contains(client.name(), user.name());
            }
        }
        assertThat(notices).isEmpty();
    }

    @Test
    void missingFolderIsReportedOnceAndProxyRuns() throws IOException {
        try (LedgerFile file = LedgerFile.open(folder.resolve("missing/ledger.json"), BEGIN, notices::add)) {
            file.ledgers().of("default").add(created("192.0.2.1", 201), CREATED, List.of());
        }

        assertThat(notices)
                .singleElement()
                .asString()
                .contains("missing/ledger.json cannot be written (", "mount the folder, not the file");
    }

    @Test
    void proxyKeepsLedgerAcrossRestart() throws Exception {
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

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:ino,mode,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static AuditRecord created(String client, int status) {
        return created(Client.at(client), status);
    }

    private static AuditRecord created(Client client, int status) {
        return new AuditRecord(
                Records.begun(
                        BEGIN, 1, client, "POST", "/containers/create", "ContainerCreate", Outcome.ALLOW, "section"),
                status,
                Duration.ZERO,
                false,
                10,
                2000,
                null);
    }

    private static AuditRecord denied(String path) {
        return new AuditRecord(
                Records.begun(BEGIN, 1, Client.at("192.0.2.1"), "GET", path, null, Outcome.DENY, "unlisted"),
                403,
                Duration.ZERO,
                false,
                10,
                2000,
                null);
    }
}
