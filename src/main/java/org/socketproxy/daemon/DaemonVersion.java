package org.socketproxy.daemon;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.ApiTranslation.Translated;

/**
 * The lowest API version that the daemon accepts, and the clients that are older. Asks the daemon before the first request that needs
 * the version, again before the next one after a failed exchange, and after a new connection or a response with status 400.
 *
 * <p>Threading: thread-safe; never blocks. At most one query is open.
 */
public final class DaemonVersion {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonVersion.class);
    private static final String TARGET = "/version";
    /** Between two queries after a new connection or a response with status 400, which a client can cause at will. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final OldClients clients = new OldClients();
    private final AtomicLong connectionDue = new AtomicLong(System.nanoTime());
    private final AtomicLong refusalDue = new AtomicLong(System.nanoTime());
    private final DaemonQuery query;
    private volatile @Nullable ApiVersion minimum;
    /** The open query. */
    private @Nullable CompletableFuture<Void> open;

    public DaemonVersion(DaemonQuery query) {
        this.query = query;
    }

    public OldClients clients() {
        return clients;
    }

    /** Returns the lowest version that the daemon accepts, or null if it is not known. */
    public @Nullable ApiVersion minimum() {
        return minimum;
    }

    /** Forgets the version, because another daemon can answer from now on. */
    public synchronized void forget() {
        minimum = null;
        open = null;
    }

    /** Asks the daemon. The future never fails; without an answer the version remains unknown. */
    public synchronized CompletableFuture<Void> refresh() {
        CompletableFuture<Void> running = open;
        if (running != null) {
            return running;
        }
        CompletableFuture<Void> begun = new CompletableFuture<>();
        open = begun;
        var unused =
                query.get(TARGET).thenApply(DaemonVersion::read).whenComplete((found, failure) -> learn(begun, found));
        return begun;
    }

    private void learn(CompletableFuture<Void> asked, @Nullable ApiVersion found) {
        synchronized (this) {
            if (open == asked) { // otherwise the answer is that of an earlier daemon
                open = null;
                connectionDue.set(System.nanoTime() + PAUSE.toNanos()); // before a new connection sees the version
                minimum = found == null ? minimum : found;
            }
        }
        asked.complete(null);
    }

    private static ApiVersion read(Answer answer) {
        return answer.status() == HttpStatus.OK_200
                ? ApiVersion.parse(JsonBody.of(answer.body()).object().text("MinAPIVersion"))
                        .orElse(ApiVersion.LOWEST)
                : unknown(answer.status());
    }

    private static ApiVersion unknown(int status) {
        LOG.warn("The daemon answers GET /version with the status {}: API_VERSION=auto translates no request", status);
        return ApiVersion.LOWEST;
    }

    /** Asks again after a new connection, because another daemon can have opened it. Does not wait for the answer. */
    public void connected() {
        if (minimum != null && isDue(connectionDue)) {
            var unused = refresh();
        }
    }

    /** Takes a response with status 400: the daemon may have refused the version of the request. */
    public void refused(Exchange exchange) {
        ApiVersion sent = ApiVersion.parse(exchange.trial().target().version()).orElse(null);
        if (sent == null || exchange.trial().operation().isLibpod() || isNoted(exchange, sent)) {
            return;
        }
        if (isDue(refusalDue)) {
            var unused = refresh().thenRun(() -> {
                boolean isTranslatedNow = exchange.trial()
                                .profile()
                                .get(ApiTranslation.KEY)
                                .translate(
                                        exchange.trial().operation(),
                                        exchange.trial().target(),
                                        this::minimum)
                        != null;
                if (!isTranslatedNow) { // otherwise only the minimum was outdated
                    isNoted(exchange, sent);
                }
            });
        }
    }

    private static boolean isDue(AtomicLong dueNanos) {
        long due = dueNanos.get();
        long now = System.nanoTime();
        return now - due >= 0 && dueNanos.compareAndSet(due, now + PAUSE.toNanos());
    }

    /** Notes a client with a version below the minimum, unless only the known minimum was outdated. Returns false for other versions. */
    private boolean isNoted(Exchange exchange, ApiVersion sent) {
        ApiVersion needed = minimum;
        if (needed == null || !sent.isBefore(needed)) {
            return false;
        }
        Translated translated = exchange.trial().translated();
        if (translated != null
                && exchange.trial().profile().get(ApiTranslation.KEY).isAuto()) {
            return true; // translated to a minimum that has changed meanwhile
        }
        clients.refused(
                exchange.trial().profile(),
                exchange.client(),
                exchange.trial().operation(),
                translated == null ? sent : translated.own(),
                needed);
        return true;
    }
}
