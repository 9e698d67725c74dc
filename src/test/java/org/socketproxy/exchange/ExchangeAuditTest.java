package org.socketproxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.UsageLedgers;

class ExchangeAuditTest {
    @Test
    void eachExchangeWritesOneRecordWithReasonAndOutcome() throws Exception {
        OperationCatalogue catalogue = OperationCatalogue.load();
        RequestTarget target = RequestTarget.parse("/containers/x/attach");
        Decision decision = TestProfile.granting(Set.of("CONTAINERS", "POST"))
                .policy()
                .decide(catalogue.find("POST", target).orElseThrow(), target, RequestHead.EMPTY);
        UsageLedgers ledgers = UsageLedgers.beginning(Instant.EPOCH);
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
        try (AuditLog log = AuditLog.to(out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false)) {
            ExchangeAudit tunnel =
                    new ExchangeAudit(client(), "POST", "/containers/x/attach", new AtomicReference<>(), log, ledgers);
            tunnel.decided(decision);
            tunnel.becameTunnel();
            tunnel.end(101, 10, 2000);

            new ExchangeAudit(client(), "GET", "/undecided", new AtomicReference<>(), log, ledgers).end(0, 0, 0);

            ExchangeAudit refused =
                    new ExchangeAudit(client(), "GET", "/refused", new AtomicReference<>(), log, ledgers);
            refused.decided(decision);
            refused.deny(Reason.EXTENSION, "NoPlugins");
            refused.end(403, 0, 80);
        }
        assertThat(ledgers.of("default").snapshot().operations())
                .extracting(Usage.OperationUse::operation, Usage.OperationUse::allowed, Usage.OperationUse::denied)
                .containsExactly(tuple("ContainerAttach", 1L, 1L), tuple(null, 0L, 1L));
        assertThat(output.toString(StandardCharsets.UTF_8).lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(
                                        ".* allow section POST /containers/x/attach ContainerAttach 101 tunnel \\d+ms 10/2000B seq=\\d+"),
                        line -> assertThat(line).matches(".* deny undecided GET /undecided - 0 \\d+ms 0/0B seq=\\d+"),
                        line -> assertThat(line)
                                .matches(
                                        ".* deny extension GET /refused ContainerAttach 403 \\d+ms 0/80B NoPlugins seq=\\d+"));
    }

    private static Client client() {
        return Client.at("192.0.2.1");
    }
}
