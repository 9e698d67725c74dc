package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * Applies the rules of a tried policy about existing objects: asks the daemon about the objects that path and query name, at a bounded rate.
 *
 * <p>Threading: thread-safe; the thread that reads an answer judges it.
 *
 * <p>Security: at most {@link #MOST_ASKED} questions are under way, and {@link #MOST_A_SECOND} begin in a second; others are left out.
 */
final class ShadowObjects {
    private static final int MOST_ASKED = 4;
    private static final int MOST_A_SECOND = 20;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int OK = 200;

    private final @Nullable DaemonQuery query;
    private final AtomicInteger asked = new AtomicInteger();
    private long second = System.nanoTime();
    private int begun;

    /** @param query null if the daemon is not asked */
    ShadowObjects(@Nullable DaemonQuery query) {
        this.query = query;
    }

    /** Receives the results for one exchange. */
    interface Results {
        void denied(String reason, String sentence);

        void skipped(Skip cause);

        void failed(Throwable broken);
    }

    /** The rules that an object must satisfy. */
    private record Asked(ObjectRef named, List<ObjectRule> rules, boolean isEntered) {}

    /** Asks about all objects of a request that a rule of the profile concerns. */
    void judge(Profile profile, Decision decision, RequestTarget target, Results results) {
        Operation operation = Objects.requireNonNull(decision.operation());
        for (Asked each : asked(profile, operation, target, decision.isWrite())) {
            if (each.named.isPlain()) {
                ask(each.named.question(), results, body -> judge(profile, decision, each, body, results));
            } else {
                results.skipped(Skip.DAEMON);
            }
        }
    }

    private static List<Asked> asked(Profile profile, Operation operation, RequestTarget target, boolean isWrite) {
        Map<ObjectRef, List<ObjectRule>> byObject = new LinkedHashMap<>();
        for (ObjectRule rule : profile.objectRules(operation, isWrite)) {
            List<ObjectRef> named =
                    rule.isProtecting() ? ObjectRefs.changed(operation, target) : ObjectRefs.of(operation, target);
            named.forEach(each ->
                    byObject.computeIfAbsent(each, any -> new ArrayList<>()).add(rule));
        }
        ObjectRef entered = profile.create() == null ? null : ObjectRefs.entered(operation, target);
        if (entered != null) {
            byObject.computeIfAbsent(entered, any -> new ArrayList<>());
        }
        return byObject.entrySet().stream()
                .map(each ->
                        new Asked(each.getKey(), each.getValue(), each.getKey().equals(entered)))
                .toList();
    }

    private void judge(Profile profile, Decision decision, Asked object, ByteBuffer body, Results results) {
        InspectedObject found =
                InspectedObject.read(object.named.subject(), body.duplicate()).orElse(null);
        if (found == null || object.named.subject() == Subject.POD) {
            results.skipped(Skip.DAEMON);
            return;
        }
        Subject owner = switch (object.named.subject()) {
            case EXEC -> Subject.CONTAINER;
            case TASK -> Subject.SERVICE;
            default -> null;
        };
        if (owner != null) {
            ObjectRef whole = ObjectRef.ofBody(owner, found.owner(), false);
            ask(
                    whole.question(),
                    results,
                    described -> judge(
                            profile, decision, new Asked(whole, object.rules, object.isEntered), described, results));
            return;
        }
        Operation operation = Objects.requireNonNull(decision.operation());
        for (ObjectRule rule : object.rules) {
            if (!rule.allows(object.named, operation, found)) {
                denied(profile, decision, rule, object.named, found, results);
                return;
            }
        }
        CreateRules create = profile.create();
        if (object.isEntered && create != null) {
            enters(profile, decision, create, body, results);
        }
    }

    private static void denied(
            Profile profile,
            Decision decision,
            ObjectRule rule,
            ObjectRef named,
            InspectedObject found,
            Results results) {
        Operation operation = Objects.requireNonNull(decision.operation());
        String fault = rule.fault(named, operation, found);
        String subject = operation.id() + " (" + operation.signature() + ") is not allowed: ";
        if (fault != null) {
            results.denied(profile.denyObject(rule, decision).reason().code(), subject + fault);
        } else if (rule.isHiding()) {
            results.denied(
                    "target-outside",
                    subject + "TARGETS does not select the " + named.subject().noun());
        } else {
            results.skipped(Skip.DAEMON);
        }
    }

    private static void enters(
            Profile profile, Decision decision, CreateRules create, ByteBuffer inspect, Results results) {
        ContainerVerdict verdict = create.judgeContainer(inspect.duplicate());
        if (verdict.isPossiblyOfPod()) {
            results.skipped(Skip.DAEMON);
        } else if (!verdict.violations().isEmpty() && create.isRecreateAllowed()) {
            results.skipped(Skip.RECREATE);
        } else if (!verdict.violations().isEmpty()) {
            Decision denial = profile.denyEntering(verdict.violations(), decision);
            results.denied(denial.reason().code(), DenialMessage.sentence(denial, profile.origin(), List::of));
        }
    }

    private void ask(String target, Results results, Consumer<ByteBuffer> judge) {
        CompletableFuture<Answer> answer = ask(target);
        if (answer == null) {
            results.skipped(Skip.DAEMON);
            return;
        }
        var unused = answer.whenComplete((found, failure) -> {
            asked.decrementAndGet();
            try {
                if (found != null && found.status() == OK) {
                    judge.accept(found.body());
                } else {
                    results.skipped(Skip.DAEMON);
                }
            } catch (RuntimeException | StackOverflowError broken) {
                results.failed(broken);
            }
        });
    }

    /** Returns null without a daemon, and beyond the limits. */
    private @Nullable CompletableFuture<Answer> ask(String target) {
        DaemonQuery daemon = query;
        if (daemon == null || !isBegun()) {
            return null;
        }
        return daemon.get(target);
    }

    private synchronized boolean isBegun() {
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
