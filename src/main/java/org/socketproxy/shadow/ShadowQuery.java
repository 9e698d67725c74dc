package org.socketproxy.shadow;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;

/**
 * The queries of one exchange for a tried policy. It creates and removes nothing: a creation succeeds without a request.
 *
 * <p>Threading: one thread after the other; {@link Limit} is thread-safe.
 *
 * <p>Security: a query beyond {@link Limit} is cancelled, which ends the judgement.
 */
final class ShadowQuery extends DaemonQuery {
    private static final String VOLUME = "/volumes/";

    private final Limit limit;
    /** Volumes have their time of creation in seconds. */
    private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private final HeldMemory memory;
    private volatile boolean hasMissed;

    /** Limits the queries of all exchanges together. */
    static final class Limit {
        private static final int MOST_ASKED = 4;
        private static final int MOST_A_SECOND = 20;
        private static final long SECOND_NANOS = 1_000_000_000L;

        private final AtomicInteger asked = new AtomicInteger();
        private long second = System.nanoTime();
        private int begun;

        private synchronized boolean begin() {
            long now = System.nanoTime();
            if (now - second >= SECOND_NANOS) {
                second = now;
                begun = 0;
            }
            if (begun >= MOST_A_SECOND || asked.get() >= MOST_ASKED) {
                return false;
            }
            begun++;
            asked.incrementAndGet();
            return true;
        }
    }

    /** @param memory limits the answers that the exchanges keep */
    ShadowQuery(DaemonQuery daemon, Limit limit, HeldMemory memory) {
        super(daemon);
        this.limit = limit;
        this.memory = memory;
    }

    /** Returns true if the daemon has no object of a name: the request may have removed it in the meantime. */
    boolean hasMissed() {
        return hasMissed;
    }

    @Override
    public CompletableFuture<Answer> get(
            String target, @Nullable ClientConnection asker, @Nullable ResponseReader<?> reader) {
        if (!limit.begin()) {
            return CompletableFuture.failedFuture(new CancellationException());
        }
        CompletableFuture<Answer> seen = new CompletableFuture<>();
        var unused = super.get(target, null, reader).whenComplete((answer, failure) -> {
            limit.asked.decrementAndGet();
            try {
                if (answer == null) {
                    seen.completeExceptionally(failure == null ? new CancellationException() : failure);
                } else {
                    seen.complete(seen(target, answer));
                }
            } catch (RuntimeException | StackOverflowError broken) {
                seen.completeExceptionally(broken);
            }
        });
        return seen;
    }

    private Answer seen(String target, Answer answer) {
        boolean isOfRequest = target.startsWith(VOLUME) && isNew(answer);
        hasMissed |= isOfRequest || answer.status() == HttpStatus.NOT_FOUND_404;
        return isOfRequest ? new Answer(HttpStatus.NOT_FOUND_404, ByteBuffer.allocate(0)) : answer;
    }

    /** Returns true for a volume that the request itself may have created. */
    private boolean isNew(Answer answer) {
        try {
            return answer.status() == HttpStatus.OK_200
                    && !OffsetDateTime.parse(
                                    StrictJson.object(answer.body().duplicate()).text("CreatedAt"))
                            .toInstant()
                            .isBefore(begin);
        } catch (DateTimeException untold) {
            return false;
        }
    }

    @Override
    public CompletableFuture<Answer> post(String target, ByteBuffer body, ClientConnection asker) {
        return CompletableFuture.completedFuture(new Answer(HttpStatus.CREATED_201, body.duplicate()));
    }

    @Override
    public CompletableFuture<Answer> delete(String target, ClientConnection asker) {
        return CompletableFuture.failedFuture(new CancellationException());
    }

    @Override
    public HeldMemory.Share share(@Nullable ClientConnection asker) {
        return memory.share(null, null);
    }
}
