package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.protect.SelfProtection;

/**
 * Judges the request body if the profile has a judge for the operation (stage 3): holds the whole body, then denies the request
 * or passes it on. The servlet forwards the held bytes. An operation without a judge passes at once.
 */
public final class BodyStep implements Step {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HeldMemory memory;
    private final Duration timeout;
    private final SelfProtection self;

    /** A step without protection of the proxy's own container. */
    public BodyStep() {
        this(SelfProtection.NONE);
    }

    /**
     * A step that holds bodies in at most one eighth of the heap, each for at most 30 seconds.
     *
     * @param self adds judges of bodies that name the proxy's own container
     */
    public BodyStep(SelfProtection self) {
        this(self, HeldMemory.ofBodies(), TIMEOUT);
    }

    /** @param timeout time from the head to the end of a body */
    BodyStep(HeldMemory memory, Duration timeout) {
        this(SelfProtection.NONE, memory, timeout);
    }

    private BodyStep(SelfProtection self, HeldMemory memory, Duration timeout) {
        this.self = self;
        this.memory = memory;
        this.timeout = timeout;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        BodyJudge judge = self.bodyJudge(trial, false);
        if (judge == null || trial.isBodyHeld()) {
            return null;
        }
        HeldBody denied = trial.deniedBody();
        if (denied != null) {
            return BodyVerdict.of(trial, judge, denied).now();
        }
        if (trial.clientSide().hasBody()) {
            inquiry.forget(); // the objects can change while a client sends its body
            return read(inquiry.exchange(), judge);
        }
        Denial unwritten = BodyVerdict.unwritten(trial);
        Denial denial =
                unwritten != null ? unwritten : BodyVerdict.judge(trial, judge, JsonBody.of(ByteBuffer.allocate(0)));
        return denial == null ? null : new Verdict.Denied(denial).now();
    }

    /** Returns how many bytes a body can have whose copies fit in the memory of a client that holds nothing else. */
    int largest(int maxBytes) {
        return (int) Math.min(maxBytes, memory.clientBytes() / HeldBody.PARTS);
    }

    /** Holds the whole body, and judges it. */
    CompletableFuture<Verdict> read(Exchange exchange, BodyJudge judge) {
        return read(exchange, judge.maxBytes(), held -> BodyVerdict.of(exchange.trial(), judge, held));
    }

    /**
     * Holds the whole body.
     *
     * @param judge judges it; it holds the bytes to forward, or denies the request
     */
    CompletableFuture<Verdict> read(Exchange exchange, int maxBytes, Function<HeldBody, Verdict> judge) {
        return new BodyReader(exchange, maxBytes, judge, share(exchange.trial())).begin(timeout);
    }

    /** Returns memory for a body; the caller closes it. */
    HeldMemory.Share share(Trial trial) {
        return memory.share(trial.client(), trial.profile());
    }
}
