package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.protect.SelfProtection;

/**
 * Reads small bodies of requests that variables deny, so that the denial can say at once what {@code CREATE=safe} needs for them.
 *
 * <p>Threading: never blocks; the future of an answer completes once, and does not fail.
 *
 * <p>Security: never allows a request. Holds little memory of its own, and waits shortly: without the whole body the denial stays.
 */
public final class DeniedBodies {
    private static final Logger LOG = LoggerFactory.getLogger(DeniedBodies.class);
    static final int MAX_BYTES = 64 * 1024;
    private static final int MEMORY_BYTES = 1 << 20;
    private static final long PATIENCE_MILLIS = 2000;

    private final SelfProtection self;
    private final HeldMemory memory = HeldMemory.ofThisProcess(MAX_BYTES, MEMORY_BYTES);

    /** @param self knows paths of the host that no container may bind */
    public DeniedBodies(SelfProtection self) {
        this.self = self;
    }

    /** Returns true if the body of a denied request can say more, and is small enough to be read. */
    public boolean concerns(Exchange exchange, Decision denial) {
        ClientConnection client = exchange.clientSide();
        long length = client.request().getLength();
        return exchange.trial().profile().remedies().isOfBody(denial)
                && client.hasBody()
                && length <= MAX_BYTES
                && !client.isStream()
                && !client.expectsContinue();
    }

    /**
     * The end of a reading.
     *
     * @param denial with the needs of the body, if it was complete
     * @param isRead whether the rest of the body can be read
     */
    public record Told(Decision denial, boolean isRead) {}

    /** Reads the body of a request that {@link #concerns}. */
    public CompletableFuture<Told> tell(Exchange exchange, Decision denial) {
        Reading reading = new Reading(exchange, denial);
        reading.begin();
        return reading.told;
    }

    private Decision judge(Exchange exchange, Decision denial, ByteBuffer body) {
        Profile profile = exchange.trial().profile();
        try {
            return profile.remedies().needing(denial, JsonBody.of(body), rules -> self.protecting(profile, rules));
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.warn("Exchange {}: judging the body of a denied request failed", exchange.id(), broken);
            return denial;
        }
    }

    private final class Reading implements Invocable.Task {
        private final Exchange exchange;
        private final Decision denial;
        private final Content.Source source;
        private final HeldBody held;
        private final CompletableFuture<Told> told = new CompletableFuture<>();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private Scheduler.@Nullable Task expiry;

        Reading(Exchange exchange, Decision denial) {
            this.exchange = exchange;
            this.denial = denial;
            this.source = exchange.clientSide().request();
            this.held = new HeldBody(
                    MAX_BYTES, memory.share(exchange.client(), exchange.trial().profile()));
        }

        void begin() {
            expiry = exchange.clientSide()
                    .scheduler()
                    .schedule(() -> end(denial, false), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            run();
        }

        @Override
        public void run() {
            while (!isOver.get()) {
                Content.Chunk chunk = source.read();
                if (chunk == null) {
                    source.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    end(denial, true);
                    return;
                }
                HeldBody.Added added = held.add(chunk.getByteBuffer());
                boolean isLast = chunk.isLast();
                chunk.release();
                if (added != HeldBody.Added.YES) {
                    end(denial, true);
                } else if (isLast) {
                    end(judge(exchange, denial, held.read()), true);
                }
            }
        }

        private void end(Decision found, boolean isRead) {
            if (isOver.compareAndSet(false, true)) {
                Scheduler.Task timer = expiry;
                if (timer != null) {
                    timer.cancel();
                }
                held.release();
                told.complete(new Told(found, isRead));
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
