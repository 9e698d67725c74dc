package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.decide.Steps.Kind;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.StepRun;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.usage.ShadowCounts.Skip;

/**
 * Runs the steps that judge objects and body, for a tried policy on one request.
 *
 * <p>Threading: one thread after the other: the thread that runs it, then those that read answers of the daemon.
 */
public final class ShadowRun {
    /** The steps of the real list that run; the body is judged in the place of the last one, if it is known. */
    private static final Set<Kind> OF_HEAD = EnumSet.of(Kind.TARGET, Kind.OWN_MOUNTS, Kind.CONTAINER);

    private static final Set<Kind> OF_BODY = EnumSet.of(Kind.BODY_TARGETS, Kind.BODY_OBJECTS);

    private final Trial trial;
    private final DaemonObjects objects;
    private final Inquiry inquiry;
    private final Results results;
    private final StepRun run;

    /** Receives the results; one of the methods but the last one is called, once. */
    public interface Results {
        void passed();

        void denied(Reason reason, String sentence);

        /** Called if the client would get the daemon's answer for a missing object. */
        void hidden();

        void skipped(Skip cause);

        void failed(Throwable broken);

        /** Called at the end, after the last use of the body. */
        void ended();
    }

    /**
     * @param objects caches of all exchanges
     * @param query asks the daemon, and creates and removes nothing
     * @param body the whole body; empty for a request without one; null if it is not known, and then not judged
     */
    public ShadowRun(
            Trial trial, DaemonObjects objects, DaemonQuery query, @Nullable ByteBuffer body, Results results) {
        this.trial = trial;
        this.objects = objects.rehearsing(query);
        this.inquiry = Inquiry.ofTried(trial, this.objects);
        this.results = results;
        List<Step> steps = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            Step step = OF_HEAD.contains(kind) || body != null && OF_BODY.contains(kind)
                    ? kind.rehearsed(trial, this.objects)
                    : kind == Kind.BODY && body != null ? any -> judgeBody(body) : null;
            if (step != null) {
                steps.add(step);
            }
        }
        this.run = new StepRun(
                inquiry,
                steps,
                broken -> new Verdict.Aborted(Reason.INTERNAL_ERROR, Objects.requireNonNull(broken)),
                this::end);
    }

    /** Returns true if a step or the judge of the body can deny a request. */
    public static boolean concerns(Profile profile, Operation operation) {
        return profile.create() != null || profile.hasObjectRules(operation) || profile.bodyJudge(operation) != null;
    }

    /** Returns the size of the longest body that the profile judges; 0 if it judges none. */
    public static int maxBytes(Profile profile, Operation operation) {
        BodyJudge judge = profile.bodyJudge(operation);
        return judge != null
                ? judge.maxBytes()
                : BuildJudgement.concerns(profile, operation) ? BuildBinding.MAX_BYTES : 0;
    }

    public void run() {
        Verdict verdict = run.run(() -> {});
        if (verdict != null) {
            end(verdict);
        }
    }

    private void end(Verdict verdict) {
        try {
            report(verdict);
        } catch (RuntimeException | StackOverflowError broken) {
            results.failed(broken);
        }
        inquiry.end();
        results.ended();
    }

    private @Nullable CompletableFuture<Verdict> judgeBody(ByteBuffer bytes) {
        return BuildJudgement.concerns(trial.profile(), trial.operation()) ? ofBuild(bytes) : judge(bytes);
    }

    private @Nullable CompletableFuture<Verdict> judge(ByteBuffer bytes) {
        BodyJudge judge = trial.profile().bodyJudge(trial.operation());
        if (judge == null) {
            return null;
        }
        JsonBody prepared = bytes.hasRemaining() ? BodyVerdict.prepare(trial, bytes) : JsonBody.of(bytes);
        Denial denial = prepared == null ? Denial.ofFailure() : BodyVerdict.judge(trial, judge, prepared);
        if (prepared != null) {
            trial.hold(prepared.bytes());
        }
        return denial == null ? null : new Verdict.Denied(denial).now();
    }

    private CompletableFuture<Verdict> ofBuild(ByteBuffer bytes) {
        try {
            BuildMessage message = BuildMessage.read(trial.operation(), bytes);
            BuildJudgement judgement = new BuildJudgement(inquiry);
            return BuildIds.then(judgement.protect(message, objects), () -> {
                Verdict denial = judgement.judge(message);
                return (denial == null ? Verdict.Passed.INSTANCE : denial).now();
            });
        } catch (MalformedMessageException malformed) {
            String sentence = trial.operation().id() + ": " + malformed.getMessage();
            return Verdict.denied(Reason.GRPC_MESSAGE, HttpStatus.BAD_REQUEST_400, sentence)
                    .now();
        }
    }

    private void report(Verdict verdict) {
        Reason reason = verdict.reason();
        if (verdict == Verdict.Passed.INSTANCE) {
            results.passed();
        } else if (verdict instanceof Verdict.Aborted aborted && reason == Reason.INTERNAL_ERROR) {
            results.failed(aborted.cause());
        } else if (reason == Reason.INTERNAL_ERROR) {
            results.skipped(Skip.FAILURE);
        } else if (verdict instanceof Verdict.Denied denied && !denied.reason().isLookup()) {
            results.denied(denied.reason(), denied.denial().reply().message());
        } else if (reason == Reason.TARGET_OUTSIDE) {
            results.hidden();
        } else {
            results.skipped(Skip.DAEMON);
        }
    }
}
