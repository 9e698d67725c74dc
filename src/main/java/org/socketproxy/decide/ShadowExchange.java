package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.ShadowRecord.HiddenElements;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.CreateNotes.DenialLog;
import org.socketproxy.exchange.CreateNotes.Shadowed;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.OutOfScopeException;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * The policy in {@code SHADOW_POLICY}, applied to one exchange: to its head, its number of open exchanges, the
 * objects that it names, a copy of its body, and a copy of a list in the response.
 *
 * <p>Threading: safe for the threads of the exchange; the copies are judged on the thread of {@link Shadow}.
 *
 * <p>Security: no method throws.
 */
final class ShadowExchange implements Shadowed, ShadowObjects.Results {
    /** Larger bodies and lists are not copied. */
    private static final int LARGEST_COPY = 1 << 20;

    private static final int LONGEST_SENTENCE = 400;
    private static final int OK = 200;

    private final Shadow shadow;
    private final ShadowPolicy used;
    private final Profile profile;
    private final Operation operation;
    private final String profileInForce;
    private final Client client;
    private final Decision decision;
    private final RequestTarget target;
    private final @Nullable Denial ofHead;
    private final @Nullable BodyJudge judge;
    private final AtomicBoolean isReported = new AtomicBoolean();
    /** Copy of the request body, until it is judged. */
    private @Nullable HeldBody copy;
    /** Copy of a list in the response, until it is counted. */
    private @Nullable HeldBody list;

    private final boolean hasBody;
    /** Drops the elements of a list that the profile does not see; null for other responses. */
    private final @Nullable JsonElements elements;

    private volatile @Nullable DenialLog log;
    private volatile ProfileConcurrency.@Nullable Share share;

    /** @param sentence the message that a client would get */
    private record Denial(String reason, String sentence) {}

    private ShadowExchange(
            Shadow shadow,
            ShadowPolicy used,
            Exchange exchange,
            Profile profile,
            Decision decision,
            RequestTarget target,
            @Nullable Denial ofHead) {
        this.shadow = shadow;
        this.used = used;
        this.profile = profile;
        this.operation = exchange.operation();
        this.profileInForce = exchange.profile().name();
        this.client = exchange.client();
        this.decision = decision;
        this.target = target;
        this.ofHead = ofHead;
        this.judge = ofHead == null ? profile.bodyJudge(operation) : null;
        this.copy = judge != null && exchange.clientSide().hasBody() ? newCopy(judge.maxBytes()) : null;
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
        Profile profile = used.profiles().of(exchange.client());
        Decision decision = profile.decide(exchange.operation(), target, head);
        return new ShadowExchange(
                shadow,
                used,
                exchange,
                profile,
                decision,
                target,
                retryAfterSeconds > 0
                        ? new Denial(
                                ProfileLimit.REQUESTS.code(),
                                profile.limits().sentence(retryAfterSeconds, profile.origin()))
                        : head(profile, exchange.operation(), target, decision));
    }

    private static @Nullable Denial head(
            Profile profile, Operation operation, RequestTarget target, Decision decision) {
        if (!decision.isAllowed()) {
            return denial(decision, profile);
        }
        try {
            profile.confine(operation, target);
        } catch (OutOfScopeException unconfinable) {
            return new Denial(
                    profile.denyUnconfinable(decision).reason().code(),
                    DenialMessage.unconfinable(operation, unconfinable.sentence(), profile.origin()));
        } catch (BadTargetException refused) {
            return new Denial(refused.fault().code(), refused.fault().sentence());
        }
        String fault = profile.targets() == null ? null : NameRules.fault(profile.targets(), operation, target);
        return fault == null ? null : new Denial("target-name", operation.id() + " " + fault);
    }

    private static Denial denial(Decision decision, Profile profile) {
        return new Denial(decision.reason().code(), DenialMessage.sentence(decision, profile.origin(), List::of));
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
                report(new Denial(exceeded.code(), profile.limits().sentence(exceeded, profile.origin())));
                return;
            }
            shadow.objects().judge(profile, decision, target, this);
            if (judge != null && !hasBody) {
                judge(judge, ByteBuffer.allocate(0));
            }
        } catch (RuntimeException | StackOverflowError broken) {
            Shadow.failed(used, broken);
        }
    }

    @Override
    public void denied(String reason, String sentence) {
        report(new Denial(reason, sentence));
    }

    @Override
    public void skipped(Skip cause) {
        used.counts().skipped(cause);
    }

    @Override
    public void failed(Throwable broken) {
        Shadow.failed(used, broken);
    }

    private HeldBody newCopy(int maxBytes) {
        return shadow.copy(client, Math.min(maxBytes, LARGEST_COPY));
    }

    @Override
    public synchronized void receive(ByteBuffer part, boolean isLast) {
        BodyJudge judges = judge;
        HeldBody copied = copy;
        if (judges == null || copied == null) {
            return;
        }
        try {
            HeldBody.Added added = copied.add(part);
            if (added == HeldBody.Added.TOO_LONG && judges.maxBytes() <= LARGEST_COPY) {
                report(new Denial(
                        "body-too-large",
                        "the body of " + operation.id() + " is limited to " + judges.maxBytes() + " bytes"));
            } else if (added != HeldBody.Added.YES) {
                used.counts().skipped(added == HeldBody.Added.TOO_LONG ? Skip.BODY : Skip.LOAD);
            } else if (isLast) {
                copy = null;
                shadow.judgeLater(used, () -> judge(judges, copied.read()), copied::release);
                return;
            }
            if (added != HeldBody.Added.YES) {
                copy = null;
                copied.release();
            }
        } catch (RuntimeException | StackOverflowError broken) {
            Shadow.failed(used, broken);
        }
    }

    @Override
    public synchronized void answered(int status, boolean isPlain) {
        if (elements == null || isReported.get() || status != OK) {
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
                            Confinement.of(operation).subject().noun(),
                            client.name());
            written.wouldHide(new HiddenElements(splitter.dropped(), splitter.seen()), profileOfFile());
        }
    }

    /** A container that is created again is judged by a record, which only the policy in force has. */
    private void judge(BodyJudge judges, ByteBuffer body) {
        ByteBuffer judged = profile.create() == null || !body.hasRemaining()
                ? body
                : CreateRules.withoutRemoved(operation, body.duplicate());
        Decision denied = judges.deny(decision, JsonBody.of(judged));
        if (denied == null) {
            return;
        }
        if (profile.isUpdater() && !denied.violations().isEmpty()) {
            used.counts().skipped(Skip.RECREATE);
        } else {
            report(denial(denied, profile));
        }
    }

    private void report(Denial denial) {
        DenialLog written = log;
        if (written != null && isReported.compareAndSet(false, true)) {
            used.counts().denied(profileInForce, operation.id(), denial.reason, client.name(), cut(denial.sentence));
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
            shadow.judgeLater(used, () -> count(splitter, shown.read()), shown::release);
        }
    }
}
