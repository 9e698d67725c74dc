package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.Client;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.testing.Records;

class AuditRecordTest {
    @Test
    void recordNamesContainerAndFieldApartFromTheClient() {
        BeginRecord begun = new BeginRecord(
                Instant.EPOCH,
                1,
                Client.at("172.18.0.3"),
                null,
                "POST",
                "/containers/create",
                "ContainerCreate",
                Outcome.DENY,
                "create-field",
                "portainer",
                "/HostConfig/Privileged");
        AuditRecord record = new AuditRecord(begun, 403, Duration.ZERO, false, 0, 0, null);

        assertThat(record.toJson())
                .contains("\"client\":\"172.18.0.3\",\"container\":\"portainer\",")
                .contains("\"detail\":\"/HostConfig/Privileged\"");
        assertThat(record.toText(ZoneOffset.UTC)).contains(" 172.18.0.3 deny ").endsWith(" container=portainer");
    }

    @Test
    void recordIsOneLine() {
        AuditRecord allowed = new AuditRecord(
                Records.begun(
                        Instant.EPOCH,
                        7,
                        Client.at("192.0.2.1"),
                        "GET",
                        "/v1.45/containers/json",
                        "ContainerList",
                        Outcome.ALLOW,
                        "section"),
                200,
                Duration.ofMillis(12),
                false,
                10,
                2000,
                null);

        assertThat(allowed.toText(ZoneOffset.UTC))
                .isEqualTo("1970-01-01T00:00:00Z #7 192.0.2.1 allow section GET /v1.45/containers/json ContainerList"
                        + " 200 12ms 10/2000B");
    }

    @Test
    void textUsesTheConfiguredZoneAndJsonUsesUtc() {
        BeginRecord begun = Records.begun(
                Instant.EPOCH, 7, Client.at("192.0.2.1"), "GET", "/events", "SystemEvents", Outcome.ALLOW, "section");

        assertThat(begun.toText(ZoneId.of("Asia/Kolkata"))).startsWith("1970-01-01T05:30:00+05:30 #7 ");
        assertThat(PolicyChange.learnOff(Instant.EPOCH).toText(ZoneId.of("America/New_York")))
                .startsWith("1969-12-31T19:00:00-05:00 policy ");
        assertThat(begun.toJson()).startsWith("{\"time\":\"1970-01-01T00:00:00Z\"");
    }

    @Test
    void tunnelIsMarkedAndMissingOperationIsDash() {
        AuditRecord tunnel = new AuditRecord(
                Records.begun(Instant.EPOCH, 8, Client.at("unix"), "POST", "/x", null, Outcome.DENY, "unlisted"),
                0,
                Duration.ZERO,
                true,
                10,
                2000,
                null);

        assertThat(tunnel.toText(ZoneOffset.UTC))
                .isEqualTo("1970-01-01T00:00:00Z #8 unix deny unlisted POST /x - 0 tunnel 0ms 10/2000B");
    }

    @Test
    void learnOutcomeIsMarked() {
        AuditRecord learned = new AuditRecord(
                Records.begun(Instant.EPOCH, 9, Client.at("c"), "GET", "/x", "X", Outcome.LEARN, "variable-missing"),
                200,
                Duration.ZERO,
                false,
                0,
                2,
                null);

        assertThat(learned.toText(ZoneOffset.UTC))
                .isEqualTo("1970-01-01T00:00:00Z #9 c learn variable-missing GET /x X 200 0ms 0/2B");
        assertThat(learned.toJson()).contains("\"decision\":\"learn\"");
        assertThat(learned.isAllowed()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "'/a\nb' -> '/a\\u000ab'",
                "'/a\r\nGET' -> '/a\\u000d\\u000aGET'",
                "'/a\u001b[2J' -> '/a\\u001b[2J'",
                "'/a\tb c' -> '/a\\u0009b\\u0020c'",
                "'/a\u0000\u007f' -> '/a\\u0000\\u007f'",
                "'/a\u00e9\u202e' -> '/a\\u00e9\\u202e'",
                "'/a\u2028\u0085' -> '/a\\u2028\\u0085'",
                "'/a\ud83d\ude00' -> '/a\\ud83d\\ude00'",
                "'/a\\u000a' -> '/a\\u005cu000a'",
                "'/%0a<script>' -> '/%0a<script>'",
            })
    void clientDataIsEscaped(String path, String expected) {
        assertThat(lineOf("GET", path))
                .isEqualTo("1970-01-01T00:00:00Z #1 c deny r GET " + expected + " - 400 0ms 10/2000B");
        assertThat(lineOf(path, "/"))
                .isEqualTo("1970-01-01T00:00:00Z #1 c deny r " + expected + " / - 400 0ms 10/2000B");
    }

    @Test
    void clientDataIsTruncated() {
        String longest = "/" + "x".repeat(511);

        assertThat(lineOf("GET", longest)).contains(" " + longest + " ");
        assertThat(lineOf("GET", longest + "yz"))
                .contains(" " + longest + "... ")
                .doesNotContain("yz");
        assertThat(lineOf("\u0001".repeat(100_000), "\u0001".repeat(100_000))).hasSizeLessThan(2 * 6 * 512 + 100);
    }

    @Test
    void queuedRecordHasTruncatedPath() {
        String endless = "/" + "x".repeat(100_000);
        AuditRecord waiting = new AuditRecord(
                Records.begun(Instant.EPOCH, 1, Client.at("c"), endless, endless, null, Outcome.DENY, "r"),
                400,
                Duration.ZERO,
                false,
                10,
                2000,
                null);

        assertThat(waiting.begun().method()).hasSize(513);
        assertThat(waiting.begun().path()).hasSize(513);
    }

    @Test
    void denyingExtensionIsLastField() {
        AuditRecord denied = new AuditRecord(
                Records.begun(
                        Instant.EPOCH,
                        3,
                        Client.at("unix"),
                        "POST",
                        "/exec/x/start",
                        "ExecStart",
                        Outcome.DENY,
                        "extension"),
                403,
                Duration.ofMillis(2),
                false,
                0,
                70,
                "com.example.NoExec");

        assertThat(denied.toText(ZoneOffset.UTC))
                .isEqualTo("1970-01-01T00:00:00Z #3 unix deny extension POST /exec/x/start ExecStart 403 2ms 0/70B"
                        + " com.example.NoExec");
        assertThat(denied.toJson()).endsWith(",\"durationMillis\":2,\"extension\":\"com.example.NoExec\"}");
    }

    @Test
    void judgedBodyAddsWordsBeforeTheExtension() {
        BeginRecord begun = Records.begun(
                Instant.EPOCH, 4, Client.at("c"), "POST", "/containers/create", "ContainerCreate", Outcome.DENY, "r");
        AuditRecord created = new AuditRecord(
                begun,
                403,
                Duration.ZERO,
                false,
                9,
                7,
                "com.example.X",
                new CreatedObject("nginx:1", "a b\n\"c", List.of("sh", "***masked-by-socket-proxy***")),
                true,
                1);

        assertThat(created.toText(ZoneOffset.UTC))
                .endsWith(" 0ms 9/7B image=nginx:1 name=a\\u0020b\\u000a\\u0022c"
                        + " command=sh,***masked-by-socket-proxy*** recreate com.example.X");
        assertThat(created.toJson())
                .endsWith(",\"image\":\"nginx:1\",\"name\":\"a\\u0020b\\u000a\\u0022c\","
                        + "\"command\":[\"sh\",\"***masked-by-socket-proxy***\"],\"recreate\":true,"
                        + "\"extension\":\"com.example.X\"}");
    }

    private static String lineOf(String method, String path) {
        return new AuditRecord(
                        Records.begun(Instant.EPOCH, 1, Client.at("c"), method, path, null, Outcome.DENY, "r"),
                        400,
                        Duration.ZERO,
                        false,
                        10,
                        2000,
                        null)
                .toText(ZoneOffset.UTC);
    }
}
