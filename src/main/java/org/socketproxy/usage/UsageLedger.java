package org.socketproxy.usage;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * Counts exchanges by operation, by variable and by client, and keeps the most recent denials.
 *
 * <p>Threading: thread-safe; locks only to add a new client.
 *
 * <p>Security: bounded by the catalogue, the reasons, the variables, and fixed numbers of clients, denials and recent exchanges.
 */
public final class UsageLedger {
    private static final String NO_OPERATION = "";
    /** The counts of an earlier version of the program have none. */
    private static final String NO_REASON = "";

    private static final int STATUS_CLASSES = 6;
    private static final int OUTCOMES = 2 * STATUS_CLASSES;
    private static final int USED = 0;
    /** Sections of the request that a program of Docker's or Podman's libraries sends first, and only then. */
    private static final Set<String> PINGS = Set.of("PING", "LIBPOD_PING");

    private static final Set<String> VERSIONS = Set.of("VERSION", "LIBPOD_VERSION");

    /** By the id of the operation, and the code of the reason or {@link #NO_REASON}. */
    private final Map<String, Map<String, Counters>> operations = new ConcurrentHashMap<>();

    private final Map<String, Counters> variables = Counters.map();
    private final ClientCounters clients = new ClientCounters();
    private final Ring<Denial> denials = new Ring<>();
    private final DeniedRemedies remedies = new DeniedRemedies();
    private final SectionTraffic.Counts traffic = new SectionTraffic.Counts();
    private final Map<Span, SpanCounts> history = new EnumMap<>(Span.class);
    private final Ring<Ended> recent = new Ring<>();
    private final AtomicBoolean hasHiddenDenial = new AtomicBoolean();
    private final Instant since;

    /** The displayed part of an audit record; the facts of a judged body are not kept. */
    private record Ended(BeginRecord begun, int status, Duration duration) {}

    private UsageLedger(Instant since) {
        this.since = since;
        for (Span span : Span.values()) {
            history.put(span, new SpanCounts(span));
        }
    }

    public static UsageLedger beginning(Instant now) {
        return new UsageLedger(now);
    }

    /** Creates a ledger with the counts of an earlier one, without its denials. */
    public static UsageLedger continuing(Usage earlier) {
        UsageLedger ledger = new UsageLedger(earlier.since());
        for (Usage.OperationUse use : earlier.operations()) {
            String key = use.operation() == null ? NO_OPERATION : use.operation();
            use.outcomes()
                    .forEach(outcome -> ledger.counters(key, known(outcome.reason()))
                            .add(
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

    /** Reasons are labels of a metric, so that only those of the program are kept. */
    private static String known(@Nullable String reason) {
        return reason != null && Reason.of(reason).isPresent() ? reason : NO_REASON;
    }

    private Counters counters(String operation, String reason) {
        Map<String, Counters> known = operations.get(operation);
        return Counters.of(
                known != null ? known : operations.computeIfAbsent(operation, first -> Counters.map()),
                reason,
                OUTCOMES);
    }

    /**
     * Counts an exchange that ended before the proxy forwarded it.
     *
     * @param settings settings that would have allowed the request together, beside those of the decision
     */
    public void add(AuditRecord ended, @Nullable Decision decision, List<Remedy> settings) {
        use(ended.begun(), ended.extension(), decision, settings, ended.status(), millisOfEnd(ended));
        ended(ended, decision);
    }

    /** Counts the begin of a forwarded exchange, which may last long. */
    public void begin(BeginRecord begun, Decision decision) {
        use(begun, null, decision, List.of(), 0, begun.begin().toEpochMilli());
    }

    private void use(
            BeginRecord begun,
            @Nullable String extension,
            @Nullable Decision decision,
            List<Remedy> settings,
            int status,
            long millis) {
        boolean isWrite = decision != null && decision.isWrite();
        clients.add(begun.client().name(), begun.operation(), isWrite, begun.isAllowed(), millis);
        Result result = Result.of(begun.outcome(), status);
        history.values().forEach(counts -> counts.add(result, millis));
        if (result == Result.FAILED) {
            clients.failed(begun.client().name());
        }
        if (!begun.isAllowed()) {
            denials.add(Denial.of(begun, extension, decision, settings, Instant.ofEpochMilli(millis)));
            remedies.add(decision);
            remedies.addAll(settings);
        } else if (decision != null) {
            for (String variable : decision.by()) {
                Counters.of(variables, variable, 1).add(USED, 1, millis);
            }
        }
    }

    /**
     * Notes a denial, or a request with which its client may show that it goes on. The first requests of each program do not show it,
     * failed ones neither, nor the fallback of a client that hides a denial. After a ping the requests are those of another program, such as
     * the next command of the docker CLI.
     */
    private void noteOptional(AuditRecord ended, Operation operation) {
        String client = ended.begun().client().name();
        String section = Objects.requireNonNullElse(operation.section(), "");
        boolean isPing = PINGS.contains(section);
        if (isPing) {
            clients.beganAgain(client);
        }
        if (ended.begun().outcome() == Outcome.DENY) {
            // A rule about the request, such as a parameter, does not tell whether the client needs the variables of
            // the operation.
            boolean isByVariables = ended.begun().reason().equals(Reason.VARIABLE_MISSING.code());
            if (isByVariables && !operation.is(Trait.HIDES_DENIAL)) {
                clients.denied(client, operation.id(), millisOfEnd(ended));
            }
        } else if (ended.isAllowed() && isSuccess(ended.status()) && !isPing && !VERSIONS.contains(section)) {
            clients.wentOn(client, operation.id(), ended.begun().begin().toEpochMilli());
        }
    }

    /** Returns false for status 0, an exchange that ended without a response. */
    private static boolean isSuccess(int status) {
        return status > 0 && status < HttpStatus.BAD_REQUEST_400;
    }

    /** Returns true once: at the first denial that the client does not show. */
    public boolean isFirstHiddenDenial() {
        return hasHiddenDenial.compareAndSet(false, true);
    }

    /** Counts the end of an exchange that {@link #begin} has counted. */
    public void end(AuditRecord ended, @Nullable Decision decision) {
        ended(ended, decision);
        if (Result.of(ended.begun().outcome(), ended.status()) == Result.FAILED) {
            long begin = ended.begun().begin().toEpochMilli();
            history.values().forEach(counts -> counts.failed(begin));
            clients.failed(ended.begun().client().name());
        }
    }

    private void ended(AuditRecord ended, @Nullable Decision decision) {
        recent.add(new Ended(ended.begun(), ended.status(), ended.duration()));
        long millis = millisOfEnd(ended);
        String operation = ended.begun().operation();
        counters(operation == null ? NO_OPERATION : operation, ended.begun().reason())
                .add(kind(ended.isAllowed(), ended.status() / 100), 1, millis);
        if (ended.isAllowed() && decision != null && decision.operation() != null) {
            traffic.add(ended, decision.operation(), millis);
        }
        if (decision != null && decision.operation() != null) {
            noteOptional(ended, decision.operation());
        }
    }

    private static long millisOfEnd(AuditRecord ended) {
        return ended.begun().begin().toEpochMilli() + ended.duration().toMillis();
    }

    private static int kind(boolean isAllowed, int statusClass) {
        int row = statusClass > 0 && statusClass < STATUS_CLASSES ? statusClass : 0;
        return isAllowed ? STATUS_CLASSES + row : row;
    }

    public Usage snapshot() {
        List<Usage.OperationUse> operationUses = new ArrayList<>();
        operations.forEach((id, byReason) -> operationUses.add(new Usage.OperationUse(
                id.equals(NO_OPERATION) ? null : id, Instant.ofEpochMilli(lastMillis(byReason)), outcomes(byReason))));
        operationUses.sort(
                Comparator.comparing(Usage.OperationUse::operation, Comparator.nullsLast(Comparator.naturalOrder())));
        List<Usage.VariableUse> variableUses = new ArrayList<>();
        variables.forEach((name, counters) -> variableUses.add(
                new Usage.VariableUse(name, counters.count(USED), Instant.ofEpochMilli(counters.lastMillis()))));
        variableUses.sort(Comparator.comparing(Usage.VariableUse::variable));
        return new Usage(
                since,
                operationUses,
                variableUses,
                clients.snapshot(),
                denials.snapshot().stream().sorted(Denial.NEWEST_FIRST).toList(),
                remedies.snapshot());
    }

    /** Returns durations and bytes of allowed exchanges since the start, by section. */
    public List<SectionTraffic> traffic() {
        return traffic.snapshot();
    }

    /** Returns the requests of each part of each span, oldest first; the last one is the part of {@code now}. */
    public Map<Span, List<RequestCount>> history(Instant now) {
        Map<Span, List<RequestCount>> spans = new EnumMap<>(Span.class);
        history.forEach((span, counts) -> spans.put(span, counts.snapshot(now.toEpochMilli())));
        return spans;
    }

    /** Returns the last 200 exchanges that ended, ordered by their begin, latest first. */
    public List<RecentExchange> recent() {
        return recent.snapshot().stream()
                .map(ended -> RecentExchange.of(ended.begun, ended.status, ended.duration))
                .sorted(Comparator.comparingLong(RecentExchange::id).reversed())
                .toList();
    }

    private static long lastMillis(Map<String, Counters> byReason) {
        return byReason.values().stream().mapToLong(Counters::lastMillis).max().orElse(0);
    }

    private static List<Usage.Outcome> outcomes(Map<String, Counters> byReason) {
        List<Usage.Outcome> outcomes = new ArrayList<>();
        new TreeMap<>(byReason).forEach((reason, counters) -> {
            for (int kind = 0; kind < OUTCOMES; kind++) {
                long count = counters.count(kind);
                if (count > 0) {
                    outcomes.add(new Usage.Outcome(
                            kind >= STATUS_CLASSES,
                            kind % STATUS_CLASSES,
                            reason.equals(NO_REASON) ? null : reason,
                            count));
                }
            }
        });
        return outcomes;
    }

    /**
     * Ring buffer of the most recent elements.
     *
     * <p>Threading: thread-safe without a lock; a reader may miss an element that is being added.
     */
    static final class Ring<T> {
        static final int CAPACITY = 200;

        private final AtomicReferenceArray<@Nullable T> elements = new AtomicReferenceArray<>(CAPACITY);
        private final AtomicLong next = new AtomicLong();

        void add(T element) {
            elements.set((int) (next.getAndIncrement() % CAPACITY), element);
        }

        /** Returns the elements in any order. */
        List<T> snapshot() {
            return IntStream.range(0, CAPACITY)
                    .mapToObj(elements::get)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }
}
