package org.socketproxy.shadow;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.ShadowRecord.HiddenElements;
import org.socketproxy.client.Client;
import org.socketproxy.decide.ShadowRun;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.exchange.Shadowed;
import org.socketproxy.exchange.Shadowed.DenialLog;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopedRequest;
import org.socketproxy.shadow.Shadow.ShadowPolicy;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * The policy in {@code SHADOW_POLICY}, applied to one exchange: to its head, its number of open exchanges, the
 * objects that it names, a copy of its body, and a copy of a list in the response.
 *
 * <p>Threading: safe for the threads of the exchange; the copies are judged on the thread of {@link Shadow}.
 *
 * <p>Security: no method throws.
 */
final class ShadowExchange implements Shadowed {
    /** Larger bodies and lists are not copied. */
    private static final int LARGEST_COPY = 1 << 20;

    private static final int LONGEST_SENTENCE = 400;

    private final Shadow shadow;
    private final ShadowPolicy used;
    private final Profile profile;
    private final Operation operation;
    private final String profileInForce;
    private final Client client;
    private final RequestTarget target;
    private final @Nullable Denial ofHead;
    /** For the steps; null if the head is denied, and after they have run. */
    private final AtomicReference<@Nullable Trial> tried;

    /** Longest body that the policy judges; 0 if it judges none. */
    private final int maxBytes;

    private final AtomicBoolean isReported = new AtomicBoolean();
    /** Copy of the request body, until it is judged. */
    private @Nullable HeldBody copy;
    /** Copy of a list in the response, until it is counted. */
    private @Nullable HeldBody list;

    private final boolean hasBody;
    /** Drops the elements of a list that the profile does not see; null for other responses. */
    private final @Nullable JsonElements elements;

    /** Has the actions of the steps for a successful response; null until they have passed the request. */
    private @Nullable Trial passed;
    /** Status of the response, or 0. */
    private int status;

    private volatile @Nullable DenialLog log;
    private volatile ProfileConcurrency.@Nullable Share share;

    /** @param sentence the message that a client would get */
    private record Denial(Reason reason, String sentence) {}

    private ShadowExchange(
            Shadow shadow,
            ShadowPolicy used,
            Exchange exchange,
            Profile profile,
            RequestTarget target,
            @Nullable Denial ofHead,
            @Nullable Trial tried) {
        this.shadow = shadow;
        this.used = used;
        this.profile = profile;
        this.operation = exchange.trial().operation();
        this.profileInForce = exchange.trial().profile().name();
        this.client = exchange.client();
        this.target = target;
        this.ofHead = ofHead;
        this.tried = new AtomicReference<>(tried);
        this.maxBytes = ofHead == null ? ShadowRun.maxBytes(profile, operation) : 0;
        this.copy = maxBytes > 0 && exchange.clientSide().hasBody() ? newCopy(maxBytes) : null;
        this.hasBody = copy != null;
        this.elements = ofHead == null ? profile.unfilteredList(operation) : null;
    }

    static ShadowExchange of(
            Shadow shadow,
            ShadowPolicy used,
            Exchange exchange,
            RequestTarget target,
            RequestHead head,
            int retryAfterSeconds) {
        Trial tried = new Trial(exchange, used.profiles());
        Profile profile = tried.profile();
        Operation operation = exchange.trial().operation();
        Decision decision = profile.decide(operation, target, head);
        Denial denial = decision.isAllowed() ? null : denial(decision, profile);
        if (retryAfterSeconds > 0) {
            denial = new Denial(
                    Reason.PROFILE_MAX_REQUESTS, profile.limits().sentence(retryAfterSeconds, profile.origin()));
        }
        boolean isTried = false;
        try {
            ScopedRequest confined = denial == null ? profile.confine(operation, target) : null;
            String fault = profile.targets() == null ? null : NameRules.fault(profile.targets(), operation, target);
            if (confined != null && fault != null) {
                denial = new Denial(Reason.TARGET_NAME, operation.id() + " " + fault);
            } else if (confined != null && ShadowRun.concerns(profile, operation)) {
                tried.permit(confined, decision);
                tried.hold(ByteBuffer.allocate(0)); // so that no step reads the body of the client
                isTried = true;
            }
        } catch (OutOfScopeException unconfinable) {
            denial = new Denial(
                    Reason.TARGET_PARAMETER_UNCONFINED,
                    DenialMessage.unconfinable(operation, unconfinable.sentence(), profile.origin()));
        } catch (BadTargetException refused) {
            denial = new Denial(Reason.of(refused.fault()), refused.fault().sentence());
        }
        return new ShadowExchange(shadow, used, exchange, profile, target, denial, isTried ? tried : null);
    }

    private static Denial denial(Decision decision, Profile profile) {
        return new Denial(decision.reason(), DenialMessage.sentence(decision, profile.origin(), List::of));
    }

    @Override
    public void forwarded(DenialLog written) {
        try {
            log = written;
            used.counts().judged();
            if (ofHead != null) {
                report(ofHead);
                return;
            }
            ProfileConcurrency.Share taken = shadow.load().take(profile, ProfileLimit.of(operation));
            share = taken;
            ProfileLimit exceeded = taken.exceeded();
            if (exceeded != null) {
                report(new Denial(exceeded.reason(), profile.limits().sentence(exceeded, profile.origin())));
                return;
            }
            if (!hasBody) {
                rehearse(ByteBuffer.allocate(0), () -> {});
            }
        } catch (RuntimeException | StackOverflowError broken) {
            Shadow.failed(used, broken);
        }
    }

    /**
     * Runs the steps that judge objects and body.
     *
     * @param body null if it is not known
     * @param end called once, after the last use of the body
     */
    private void rehearse(@Nullable ByteBuffer body, Runnable end) {
        Trial begun = tried.getAndSet(null);
        if (begun == null) {
            end.run();
        } else {
            ShadowQuery query = shadow.newQuery();
            new ShadowRun(begun, shadow.objects(), query, body, new StepResults(begun, query, end)).run();
        }
    }

    /** Returns the body, or null without memory for the one that steps put in its place. */
    private @Nullable ByteBuffer whole(HeldBody copied) {
        if (copied.reserveCopies()) {
            return copied.read();
        }
        used.counts().skipped(Skip.LOAD);
        return null;
    }

    private final class StepResults implements ShadowRun.Results {
        private final Trial judged;
        private final ShadowQuery query;
        private final Runnable end;

        StepResults(Trial judged, ShadowQuery query, Runnable end) {
            this.judged = judged;
            this.query = query;
            this.end = end;
        }

        @Override
        public void passed() {
            synchronized (ShadowExchange.this) {
                passed = judged;
                if (status != 0) {
                    passed.receiveStatus(status);
                }
            }
        }

        @Override
        public void denied(Reason reason, String sentence) {
            if (profile.isUpdater() && shadow.mayMissRecord() && reason.code().startsWith("create-")) {
                skipped(Skip.RECREATE);
            } else {
                report(new Denial(reason, sentence));
            }
        }

        @Override
        public void hidden() {
            if (query.hasMissed()) {
                skipped(Skip.DAEMON);
            } else {
                report(new Denial(
                        Reason.TARGET_OUTSIDE,
                        operation.id() + " (" + operation.signature()
                                + ") is not allowed: TARGETS does not select an object that it names"));
            }
        }

        @Override
        public void skipped(Skip cause) {
            used.counts().skipped(cause);
            if (profile.isUpdater() && ObjectRefs.ended(operation, target) != null) {
                shadow.missRecord();
            }
        }

        @Override
        public void failed(Throwable broken) {
            Shadow.failed(used, broken);
        }

        @Override
        public void ended() {
            judged.hold(ByteBuffer.allocate(0));
            end.run();
        }
    }

    private HeldBody newCopy(int most) {
        return shadow.copy(client, Math.min(most, LARGEST_COPY));
    }

    @Override
    public synchronized void receive(ByteBuffer part, boolean isLast) {
        HeldBody copied = copy;
        if (copied == null) {
            return;
        }
        try {
            HeldBody.Added added = copied.add(part);
            if (added == HeldBody.Added.TOO_LONG && maxBytes <= LARGEST_COPY) {
                report(new Denial(
                        Reason.BODY_TOO_LARGE,
                        "the body of " + operation.id() + " is limited to " + maxBytes + " bytes"));
            } else if (added != HeldBody.Added.YES) {
                used.counts().skipped(added == HeldBody.Added.TOO_LONG ? Skip.BODY : Skip.LOAD);
            } else if (isLast) {
                copy = null;
                shadow.judgeLater(used, () -> rehearse(whole(copied), copied::release), copied::release);
                return;
            }
            if (added != HeldBody.Added.YES) {
                copy = null;
                copied.release();
                rehearse(null, () -> {});
            }
        } catch (RuntimeException | StackOverflowError broken) {
            Shadow.failed(used, broken);
        }
    }

    @Override
    public synchronized void answered(int found) {
        status = found;
        if (passed != null) {
            passed.receiveStatus(found);
        }
    }

    @Override
    public synchronized void expectBody(boolean isPlain) {
        if (elements == null || isReported.get() || status != HttpStatus.OK_200) {
            return;
        }
        if (isPlain) {
            list = newCopy(LARGEST_COPY);
        } else {
            used.counts().skipped(Skip.LIST);
        }
    }

    @Override
    public synchronized void show(ByteBuffer part) {
        HeldBody copied = list;
        if (copied == null) {
            return;
        }
        try {
            HeldBody.Added added = copied.add(part);
            if (added != HeldBody.Added.YES) {
                list = null;
                copied.release();
                used.counts().skipped(added == HeldBody.Added.TOO_LONG ? Skip.LIST : Skip.LOAD);
            }
        } catch (RuntimeException | StackOverflowError broken) {
            Shadow.failed(used, broken);
        }
    }

    /** Counts the elements that the response step of the tried policy would remove. */
    private void count(JsonElements splitter, ByteBuffer body) {
        try {
            splitter.accept(body, kept -> {});
            splitter.end();
        } catch (ElementException incomplete) {
            used.counts().skipped(Skip.LIST);
            return;
        }
        DenialLog written = log;
        if (splitter.dropped() > 0 && written != null && !isReported.get()) {
            used.counts()
                    .hidden(
                            profileInForce,
                            operation.id(),
                            splitter.dropped(),
                            splitter.seen(),
                            ScopeRule.of(operation).subject().noun(),
                            client.name());
            written.wouldHide(new HiddenElements(splitter.dropped(), splitter.seen()), profileOfFile());
        }
    }

    private void report(Denial denial) {
        DenialLog written = log;
        if (written != null && isReported.compareAndSet(false, true)) {
            used.counts()
                    .denied(profileInForce, operation.id(), denial.reason.code(), client.name(), cut(denial.sentence));
            written.wouldDeny(denial.reason, profileOfFile());
        }
    }

    private @Nullable String profileOfFile() {
        return profile.origin().isOfFile() ? profile.name() : null;
    }

    private static String cut(String sentence) {
        return sentence.length() > LONGEST_SENTENCE ? sentence.substring(0, LONGEST_SENTENCE) + "..." : sentence;
    }

    @Override
    public synchronized void ended() {
        ProfileConcurrency.Share taken = share;
        if (taken != null) {
            shadow.load().release(taken);
        }
        HeldBody unread = copy;
        if (unread != null) {
            copy = null;
            unread.release();
            if (log != null) {
                used.counts().skipped(Skip.BODY);
            }
        }
        HeldBody shown = list;
        JsonElements splitter = elements;
        if (shown != null && splitter != null) {
            list = null;
            shadow.judgeLater(
                    used,
                    () -> {
                        count(splitter, shown.read());
                        shown.release();
                    },
                    shown::release);
        }
    }
}
