package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.Client;

class RejectionCounterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final AuditLog log = AuditLog.to(
            new PrintStream(out, true, StandardCharsets.UTF_8)::print,
            AuditFormat.TEXT,
            ZoneOffset.UTC,
            written -> true,
            () -> false);
    private final RejectionCounter refusals = new RejectionCounter(log);

    @ParameterizedTest
    @CsvSource({
        "MALFORMED, 400, malformed",
        "TLS_ON_PLAIN, 400, tls-on-plain-listener",
        "HEADER_SIZE, 431, max-header-size",
        "HEADER_FIELDS, 431, header-fields",
        "HEADER_MEMORY, 503, header-memory",
        "HEADER_TIMEOUT, 408, header-timeout",
        "CONNECTIONS, 503, max-connections",
        "CONNECTIONS_OF_CLIENT, 429, max-connections-per-client",
        "CONNECTIONS_OF_PROFILE, 429, profile-max-connections",
    })
    void rejectionRecordHasNoMethodAndPath(RejectionCounter.Cause cause, int status, String code) {
        refusals.refused(cause, Client.at("10.0.0.9"), status);

        assertThat(lines())
                .singleElement()
                .asString()
                .matches("\\S+ #\\d+ 10\\.0\\.0\\.9 deny " + code + " - - - " + status + " 0ms 0/0B seq=1");
        assertThat(refusals.count(cause)).isOne();
    }

    @Test
    void allRejectionsAreCountedAndRecordsAreRateLimited() {
        for (int i = 0; i < 1000; i++) {
            refusals.refused(RejectionCounter.Cause.CONNECTIONS, Client.at("10.0.0.9"), 503);
            refusals.refused(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT, Client.at("10.0.0.9"), 429);
        }

        assertThat(lines()).hasSizeBetween(2, 20);
        assertThat(refusals.count(RejectionCounter.Cause.CONNECTIONS)).isEqualTo(1000);
        assertThat(refusals.count(RejectionCounter.Cause.CONNECTIONS_OF_CLIENT)).isEqualTo(1000);
        assertThat(refusals.count(RejectionCounter.Cause.MALFORMED)).isZero();
    }

    private List<String> lines() {
        log.close();
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
