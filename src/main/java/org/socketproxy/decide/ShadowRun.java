package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.Steps.Kind;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.Rehearsal;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * Runs the steps that judge objects and body, for a tried policy on a rehearsal of one exchange.
 *
 * <p>Threading: one thread after the other: the thread of {@link Shadow}, then those that read answers of the daemon.
 */
final class ShadowRun {
    /** The body is judged after the first two, as in the real list. */
    private static final List<Kind> OF_HEAD = List.of(Kind.TARGET, Kind.CONTAINER);

    private static final List<Kind> OF_BODY = List.of(Kind.BODY_TARGETS, Kind.BODY_OBJECTS);
    /** Codes of denials that mean no answer of the daemon. */
    private static final String LOOKUP = "-lookup";

    private static final String OUTSIDE = "target-outside";
    private static final String BROKEN = "internal-error";

    private final Rehearsal rehearsal;
    private final Exchange exchange;
    private final DaemonObjects objects;
    private final ShadowQuery query;
    private final Inquiry question;
    private final Results results;
    private final Iterator<Kind> ofHead = OF_HEAD.iterator();
    private final Iterator<Kind> ofBody = OF_BODY.iterator();
    private @Nullable ByteBuffer body;
    private boolean isBodyJudged;

    /** Receives the results; one of its first three methods is called once. */
    interface Results {
        void passed();

        void denied(String reason, String sentence);

        void skipped(Skip cause);

        void failed(Throwable broken);

        /** Called at the end, after the last use of the body. */
        void ended();
    }

    /**
     * @param objects caches of all exchanges
     * @param body the whole body; empty for a request without one; null if it is not known, and then not judged
     */
    ShadowRun(
            Rehearsal rehearsal, DaemonObjects objects, ShadowQuery query, @Nullable ByteBuffer body, Results results) {
        this.rehearsal = rehearsal;
        this.exchange = rehearsal.exchange();
        this.objects = objects.rehearsing(query);
        this.query = query;
        this.question = new Inquiry(exchange, this.objects);
        this.body = body;
        this.results = results;
    }

    /** Returns true if a step or the judge of the body can deny a request. */
    static boolean concerns(Profile profile, Operation operation) {
        return profile.create() != null || profile.hasObjectRules(operation) || profile.bodyJudge(operation) != null;
    }

    /** Runs the remaining steps until one waits or does not pass the request. */
    void run() {
        try {
            while (true) {
                CompletableFuture<Verdict> verdict = next();
                if (verdict == null) {
                    results.passed();
                    break;
                }
                if (!verdict.isDone()) {
                    var unused = verdict.whenComplete((found, failure) -> goOn(found, failure));
                    return;
                }
                if (!isPassed(verdict.join())) {
                    break;
                }
            }
        } catch (RuntimeException | StackOverflowError broken) {
            results.failed(broken);
        }
        end();
    }

    private void goOn(@Nullable Verdict found, @Nullable Throwable failure) {
        boolean isPassed = false;
        try {
            if (found == null) {
                results.failed(failure == null ? new IllegalStateException("no verdict") : failure);
            } else {
                isPassed = isPassed(found);
            }
        } catch (RuntimeException | StackOverflowError broken) {
            results.failed(broken);
        }
        if (isPassed) {
            run();
        } else {
            end();
        }
    }

    private void end() {
        question.end();
        results.ended();
    }

    /** Begins the next step; returns null after the last one. */
    private @Nullable CompletableFuture<Verdict> next() {
        while (ofHead.hasNext()) {
            CompletableFuture<Verdict> begun = begin(ofHead.next());
            if (begun != null) {
                return begun;
            }
        }
        ByteBuffer unread = body;
        if (unread != null) {
            body = null;
            isBodyJudged = true;
            CompletableFuture<Verdict> judged =
                    BuildJudgement.concerns(exchange.profile(), exchange.operation()) ? ofBuild(unread) : judge(unread);
            if (judged != null) {
                return judged;
            }
        }
        while (isBodyJudged && ofBody.hasNext()) {
            CompletableFuture<Verdict> begun = begin(ofBody.next());
            if (begun != null) {
                return begun;
            }
        }
        return null;
    }

    private @Nullable CompletableFuture<Verdict> begin(Kind kind) {
        Step step = kind.rehearsed(exchange, objects);
        return step == null ? null : step.run(question);
    }

    private @Nullable CompletableFuture<Verdict> judge(ByteBuffer bytes) {
        BodyJudge judge = exchange.profile().bodyJudge(exchange.operation());
        if (judge == null) {
            return null;
        }
        ByteBuffer prepared = bytes.hasRemaining() ? BodyVerdict.prepare(exchange, bytes) : bytes;
        ErrorReply denial = prepared == null
                ? BodyVerdict.internalError(exchange)
                : BodyVerdict.judge(exchange, judge, prepared.duplicate());
        if (prepared != null) {
            exchange.replaceBody(prepared);
        }
        return denial == null ? null : new Verdict.Denied(denial).now();
    }

    private CompletableFuture<Verdict> ofBuild(ByteBuffer bytes) {
        try {
            BuildMessage message = BuildMessage.read(exchange.operation(), bytes);
            BuildJudgement judgement = new BuildJudgement(question);
            return BuildIds.then(judgement.protect(message, objects), () -> {
                Verdict denial = judgement.judge(message);
                return (denial == null ? Verdict.Passed.INSTANCE : denial).now();
            });
        } catch (MalformedMessageException malformed) {
            String sentence = exchange.operation().id() + ": " + malformed.getMessage();
            return question.denied("grpc-message", new ErrorReply(HttpStatus.BAD_REQUEST_400, sentence))
                    .now();
        }
    }

    private boolean isPassed(Verdict verdict) {
        String reason = rehearsal.reason();
        if (verdict instanceof Verdict.Passed) {
            return true;
        }
        if (verdict instanceof Verdict.Denied denied && !reason.endsWith(LOOKUP) && !reason.equals(BROKEN)) {
            results.denied(reason, denied.reply().message());
        } else if (reason.equals(OUTSIDE) && !query.hasMissed()) {
            results.denied(
                    reason,
                    exchange.operation().id() + " (" + exchange.operation().signature()
                            + ") is not allowed: TARGETS does not select an object that it names");
        } else {
            results.skipped(reason.equals(BROKEN) ? Skip.FAILURE : Skip.DAEMON);
        }
        return false;
    }
}
