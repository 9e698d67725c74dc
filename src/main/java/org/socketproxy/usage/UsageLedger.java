package org.socketproxy.usage;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.policy.Decision;

/**
 * Counts what happened: by operation, by variable, by client, and the last denials. Whatever is asked, its size is
 * bounded: by the catalogue, by the variables, by the number of clients that are told apart, by the number of denials.
 *
 * <p>Threading: any number of threads add, without a lock but for a client that is new.
 */
public final class UsageLedger {
    private static final String NO_OPERATION = "";
    private static final int STATUS_CLASSES = 6;
    private static final int OUTCOMES = 2 * STATUS_CLASSES;
    private static final int USED = 0;

    private final Map<String, Counters> operations = Counters.map();
    private final Map<String, Counters> variables = Counters.map();
    private final ClientCounters clients = new ClientCounters();
    private final RecentDenials denials = new RecentDenials();
    private final Traffic traffic = new Traffic();
    private final Instant since;

    private UsageLedger(Instant since) {
        this.since = since;
    }

    /** An empty ledger. */
    public static UsageLedger beginning(Instant now) {
        return new UsageLedger(now);
    }

    /** A ledger that goes on from what another one had counted; its denials are not taken over. */
    public static UsageLedger continuing(Usage earlier) {
        UsageLedger ledger = new UsageLedger(earlier.since());
        for (Usage.OperationUse use : earlier.operations()) {
            String key = use.operation() == null ? NO_OPERATION : use.operation();
            Counters tally = Counters.of(ledger.operations, key, OUTCOMES);
            use.outcomes()
                    .forEach(outcome -> tally.add(
                            kind(outcome.isAllowed(), outcome.statusClass()),
                            outcome.count(),
                            use.last().toEpochMilli()));
        }
        for (Usage.VariableUse use : earlier.variables()) {
            Counters.of(ledger.variables, use.variable(), 1)
                    .add(USED, use.count(), use.last().toEpochMilli());
        }
        ledger.clients.restore(earlier.clients());
        return ledger;
    }

    /**
     * Counts an exchange that has ended, and whose use was not counted when it began.
     *
     * @param decision null if it could not be judged
     */
    public void add(AuditRecord ended, @Nullable Decision decision) {
        use(ended.begun(), ended.extension(), decision, millisOfEnd(ended));
        end(ended, decision);
    }

    /** Counts the use by an exchange that goes to the daemon: its end may be far away. */
    public void begin(BeginRecord begun, Decision decision) {
        use(begun, null, decision, begun.begin().toEpochMilli());
    }

    private void use(BeginRecord begun, @Nullable String extension, @Nullable Decision decision, long millis) {
        boolean isWrite = decision != null && decision.isWrite();
        clients.add(begun.client().name(), begun.operation(), isWrite, begun.isAllowed(), millis);
        if (!begun.isAllowed()) {
            denials.add(Denial.of(begun, extension, decision, Instant.ofEpochMilli(millis)));
        } else if (decision != null) {
            for (String variable : decision.by()) {
                Counters.of(variables, variable, 1).add(USED, 1, millis);
            }
        }
    }

    /**
     * Counts how an exchange ended, of which {@link #begin} has counted the use.
     *
     * @param decision null if it could not be judged
     */
    public void end(AuditRecord ended, @Nullable Decision decision) {
        long millis = millisOfEnd(ended);
        String operation = ended.operation();
        Counters.of(operations, operation == null ? NO_OPERATION : operation, OUTCOMES)
                .add(kind(ended.isAllowed(), ended.status() / 100), 1, millis);
        if (ended.isAllowed() && decision != null && decision.operation() != null) {
            traffic.add(ended, decision.operation(), millis);
        }
    }

    private static long millisOfEnd(AuditRecord ended) {
        return ended.begin().toEpochMilli() + ended.duration().toMillis();
    }

    private static int kind(boolean isAllowed, int statusClass) {
        int row = statusClass > 0 && statusClass < STATUS_CLASSES ? statusClass : 0;
        return isAllowed ? STATUS_CLASSES + row : row;
    }

    /** All that was counted until now. */
    public Usage snapshot() {
        List<Usage.OperationUse> operationUses = new ArrayList<>();
        operations.forEach((id, tally) -> operationUses.add(new Usage.OperationUse(
                id.equals(NO_OPERATION) ? null : id, Usage.instant(tally.lastMillis()), outcomes(tally))));
        operationUses.sort(
                Comparator.comparing(Usage.OperationUse::operation, Comparator.nullsLast(Comparator.naturalOrder())));
        List<Usage.VariableUse> variableUses = new ArrayList<>();
        variables.forEach((name, tally) ->
                variableUses.add(new Usage.VariableUse(name, tally.count(USED), Usage.instant(tally.lastMillis()))));
        variableUses.sort(Comparator.comparing(Usage.VariableUse::variable));
        return new Usage(since, operationUses, variableUses, clients.snapshot(), denials.snapshot());
    }

    /** How long allowed exchanges took and what they moved since the start of the program, by section. */
    public List<SectionTraffic> traffic() {
        return traffic.snapshot();
    }

    private static List<Usage.Outcome> outcomes(Counters tally) {
        List<Usage.Outcome> outcomes = new ArrayList<>();
        for (int kind = 0; kind < OUTCOMES; kind++) {
            long count = tally.count(kind);
            if (count > 0) {
                outcomes.add(new Usage.Outcome(kind >= STATUS_CLASSES, kind % STATUS_CLASSES, count));
            }
        }
        return outcomes;
    }
}
