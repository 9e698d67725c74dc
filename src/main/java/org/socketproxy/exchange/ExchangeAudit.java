package org.socketproxy.exchange;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.audit.ShadowRecord;
import org.socketproxy.audit.ShadowRecord.HiddenElements;
import org.socketproxy.client.Client;
import org.socketproxy.client.PrintableText;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.exchange.Shadowed.DenialLog;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.UsageLedger;
import org.socketproxy.usage.UsageLedgers;

/**
 * Collects the data of one exchange for the audit log and the usage ledger.
 *
 * <p>Threading: one thread after the other; {@link Exchange} ends it once.
 */
final class ExchangeAudit {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeAudit.class);
    private static final int LONGEST_PATH = 200;

    private final long id;
    private final Instant begin = Instant.now();
    private final long beginNanos = System.nanoTime();
    private final Client client;
    private final String method;
    private final String path;
    private final AuditLog log;
    private final UsageLedgers ledgers;
    private volatile ProfileOrigin origin = ProfileOrigin.ENVIRONMENT;
    private volatile @Nullable Trial trial;
    private volatile @Nullable Decision decision;
    private volatile @Nullable Reason fault;
    private volatile @Nullable String extension;
    private volatile List<Remedy> remedies = List.of();
    private volatile boolean isDenied;
    private volatile boolean isLearned;
    private volatile @Nullable BeginRecord forwarded;
    private volatile boolean isTunnel;
    private volatile long forwardedNanos;
    private volatile long answeredNanos;
    private final AtomicReference<@Nullable TraceParent> trace;

    static ExchangeAudit of(
            HttpServletRequest request, ClientConnection clientSide, AuditLog log, UsageLedgers ledgers) {
        return new ExchangeAudit(
                Client.of(clientSide.request()),
                request.getMethod(),
                request.getRequestURI(),
                clientSide.trace(),
                log,
                ledgers);
    }

    /** @param trace that of the client or the proxy, or null */
    ExchangeAudit(
            Client client,
            String method,
            String path,
            AtomicReference<@Nullable TraceParent> trace,
            AuditLog log,
            UsageLedgers ledgers) {
        this.trace = trace;
        this.id = AuditRecord.nextId();
        this.client = client;
        this.method = method;
        this.path = path;
        this.log = log;
        var unused = log.containerOf(client); // asks for the name before the end
        this.ledgers = ledgers;
    }

    /** Returns the data of a call of the daemon on the session that this exchange has opened. */
    ExchangeAudit call(String called) {
        ExchangeAudit call = new ExchangeAudit(client, DaemonCall.METHOD, called, trace, log, ledgers);
        call.origin = origin;
        return call;
    }

    boolean isRecordable() {
        return log.canRecord();
    }

    private Reason reason() {
        Reason found = fault;
        Decision judged = decision;
        return found != null ? found : judged == null ? Reason.UNDECIDED : judged.reason();
    }

    /** Counts from 1 since the start of the program. */
    long id() {
        return id;
    }

    Client client() {
        return client;
    }

    void assign(Trial begun) {
        trial = begun;
        origin = begun.profile().origin();
    }

    private UsageLedger ledger() {
        return ledgers.of(origin.name());
    }

    /** Records that the filters pass the request on; a denial then comes from learn mode. */
    void decided(Decision outcome) {
        decision = outcome;
        isLearned = !outcome.isAllowed();
    }

    void denied(Decision outcome) {
        decision = outcome;
        isDenied = true;
    }

    boolean wasDenied() {
        return isDenied;
    }

    /**
     * Records that the request is denied although the policy allows it.
     *
     * @param by name of the extension that denied it, or null
     */
    void deny(Reason reason, @Nullable String by) {
        fault = reason;
        extension = by;
        isDenied = true;
    }

    /** Records the settings that would allow the denied request together, beside those of the decision. */
    void allowedBy(List<Remedy> settings) {
        remedies = settings;
    }

    /** Records that the response of an allowed request is withheld. */
    void withheld(Reason reason) {
        fault = reason;
    }

    /**
     * Counts the use of the operation, and writes the begin record of an endless exchange. Must be called before the
     * request is sent to the daemon.
     *
     * @param shadow another policy, or null
     */
    void forwarded(@Nullable Shadowed shadow) {
        Decision judged = Objects.requireNonNull(decision);
        BeginRecord begun = begun(judged);
        forwardedNanos = System.nanoTime();
        forwarded = begun;
        ledger().begin(begun, judged);
        if (shadow != null) {
            shadow.forwarded(new ShadowLog());
        }
        if (isEndless(judged)) {
            log.write(begun);
        }
    }

    /** Records that the daemon has begun its answer. */
    void answered() {
        answeredNanos = System.nanoTime();
    }

    private AuditRecord.Path path() {
        TraceParent known = trace.get();
        long until = answeredNanos == 0 ? System.nanoTime() : answeredNanos;
        return new AuditRecord.Path(
                known == null ? null : known.value(),
                known != null && known.isOfClient(),
                forwarded == null ? null : Duration.ofNanos(until - forwardedNanos));
    }

    private static boolean isEndless(@Nullable Decision judged) {
        return judged != null
                && judged.operation() != null
                && judged.operation().isEndless();
    }

    private final class ShadowLog implements DenialLog {
        @Override
        public void wouldDeny(Reason reason, @Nullable String profile) {
            write(Outcome.WOULD_DENY, reason, profile, null);
        }

        @Override
        public void wouldHide(HiddenElements list, @Nullable String profile) {
            write(Outcome.WOULD_HIDE, Reason.TARGET_OUTSIDE, profile, list);
        }

        private void write(Outcome outcome, Reason reason, @Nullable String profile, @Nullable HiddenElements list) {
            log.write(new ShadowRecord(begun(Objects.requireNonNull(decision), outcome, reason), profile, list, 1));
        }
    }

    private BeginRecord begun(@Nullable Decision judged) {
        return begun(judged, outcome(judged), reason());
    }

    private BeginRecord begun(@Nullable Decision judged, Outcome outcome, Reason reason) {
        String operation = judged == null || judged.operation() == null
                ? null
                : judged.operation().id();
        return new BeginRecord(
                begin,
                id,
                client,
                origin.isOfFile() ? origin.name() : null,
                method,
                path,
                operation,
                outcome,
                reason.code(),
                log.containerOf(client),
                judged == null || outcome == Outcome.WOULD_DENY ? null : detail(judged));
    }

    /** Returns the place of the first violation in the request; null without one. */
    private static @Nullable String detail(Decision judged) {
        return judged.violations().stream()
                .map(Violation::pointer)
                .filter(pointer -> !pointer.isEmpty())
                .findFirst()
                .orElse(null);
    }

    /** Records that the exchange is a tunnel now. */
    void becameTunnel() {
        isTunnel = true;
    }

    /**
     * Returns the current state of a decided exchange.
     *
     * @param upstreamBytes bytes of body and tunnel that were received from the client
     * @param downstreamBytes bytes of body and tunnel that were sent to the client
     * @param connection number of the client's connection
     */
    ExchangeSnapshot snapshot(long upstreamBytes, long downstreamBytes, int connection) {
        Decision judged = decision;
        Operation operation = judged == null ? null : judged.operation();
        Trial found = trial;
        return new ExchangeSnapshot(
                id,
                client.name(),
                origin.name(),
                operation == null ? "-" : operation.id(),
                PrintableText.escape(path, LONGEST_PATH),
                found == null ? "" : found.startedIn(),
                begin,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                connection);
    }

    /**
     * Writes the audit record and counts the exchange.
     *
     * @param status of the response, or 0 if none was sent
     * @param upstreamBytes bytes of body and tunnel that were received from the client
     * @param downstreamBytes bytes of body and tunnel that were sent to the client
     */
    void end(int status, long upstreamBytes, long downstreamBytes) {
        Decision judged = decision;
        BeginRecord counted = forwarded;
        if (status == 0 && counted != null && fault == null && !isEndless(judged)) {
            fault = log.reasonOfNoResponse();
        }
        // The reason differs if the response was withheld.
        BeginRecord begun = counted == null || fault != null ? begun(judged) : counted.in(log.containerOf(client));
        Duration duration = Duration.ofNanos(System.nanoTime() - beginNanos);
        Trial found = trial;
        Translated translated = found == null ? null : found.translated();
        AuditRecord ended = new AuditRecord(
                begun,
                status,
                duration,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                extension,
                found == null ? CreatedObject.NONE : found.created(),
                found != null && found.isRecreated(),
                translated == null ? null : translated.forwarded().toString(),
                remedy(judged),
                1,
                path());
        log.write(ended);
        if (counted != null) {
            ledger().end(ended, judged);
        } else {
            ledger().add(ended, judged, remedies);
        }
        if (isDenied
                && judged != null
                && judged.operation() != null
                && judged.operation().is(Trait.HIDES_DENIAL)
                && ledger().isFirstHiddenDenial()) {
            LOG.warn(
                    "{}client {} was denied {}: buildx and docker compose build hide this denial, use another driver and report"
                            + " an error of a registry; see the denials on the status page, or explain",
                    origin.isOfFile() ? "profile " + origin.name() + ": " : "",
                    client.name(),
                    judged.operation().id());
        }
    }

    /** Returns what would have allowed a denied request, in the words of the profile's place. */
    private List<String> remedy(@Nullable Decision judged) {
        if (isDenied && fault != null) {
            return origin.form().words(remedies);
        }
        return judged == null ? List.of() : judged.remedy(origin.form());
    }

    private Outcome outcome(@Nullable Decision judged) {
        if (isDenied) {
            return Outcome.DENY;
        }
        if (judged == null || !judged.isAllowed()) {
            return isLearned ? Outcome.LEARN : Outcome.DENY;
        }
        return Outcome.ALLOW;
    }
}
