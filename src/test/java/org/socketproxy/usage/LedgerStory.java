package org.socketproxy.usage;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.testing.Records;
import org.socketproxy.testing.TestProfile;

/** A ledger with exchanges from lines "client method target status", one per second from 1970. */
abstract class LedgerStory {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    final UsageLedger ledger = UsageLedger.beginning(Instant.EPOCH);
    Set<String> granted = Set.of("PING", "CONTAINERS", "POST", "ALLOW_START", "EVENTS");
    long second;

    final void happen(String lines) {
        lines.lines().forEach(line -> {
            String[] cells = line.split(" ");
            second++;
            Decision decision = decide(cells[1], cells[2]);
            ledger.add(record(cells[0], cells[1], cells[2], decision, Integer.parseInt(cells[3])), decision, List.of());
        });
    }

    final @Nullable Decision decide(String method, String raw) {
        try {
            RequestTarget target = RequestTarget.parse(raw);
            return TestProfile.granting(granted)
                    .policy()
                    .decide(CATALOGUE.find(method, target).orElse(null), target, RequestHead.EMPTY);
        } catch (BadTargetException refused) {
            return null;
        }
    }

    final AuditRecord record(String client, String method, String target, @Nullable Decision decision, int status) {
        boolean isAllowed = decision != null && decision.isAllowed();
        String operation = decision == null || decision.operation() == null
                ? null
                : decision.operation().id();
        String reason = decision == null ? "target-segment" : decision.reason().code();
        // The exchange ends one second after its begin.
        return new AuditRecord(
                Records.begun(
                        Instant.ofEpochSecond(second - 1),
                        second,
                        Client.at(client),
                        method,
                        target.replaceFirst("\\?.*", ""),
                        operation,
                        isAllowed ? Outcome.ALLOW : Outcome.DENY,
                        reason),
                status,
                Duration.ofSeconds(1),
                false,
                10,
                2000,
                null);
    }
}
