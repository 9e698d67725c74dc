package org.socketproxy.decide;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.decide.BuildOwners.Answer;
import org.socketproxy.decide.BuildOwners.BuildId;
import org.socketproxy.decide.BuildOwners.Kind;
import org.socketproxy.decide.BuildOwners.Owner;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Reason;

/**
 * The ids of builds and sessions that one exchange names, and their owner.
 *
 * <p>Threading: never blocks.
 */
final class BuildIds {
    /** Clients open the session at the same time as the build. BuildKit waits as long for it. */
    static final Duration SESSION_WAIT = Duration.ofSeconds(5);

    private static final String UPLOAD = "upload-request:";
    private static final String FORM =
            " of 16 to 128 letters, digits and characters of \"._-\", of which the first is a letter or digit";

    private final Inquiry inquiry;
    private final Trial trial;
    private final BuildOwners owners;
    private final Owner owner;

    BuildIds(Inquiry inquiry, BuildOwners owners) {
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.owners = owners;
        this.owner = Owner.of(trial);
    }

    Owner owner() {
        return owner;
    }

    /** Waits until all sessions are those of the client. */
    CompletableFuture<Verdict> areOwn(List<BuildId> sessions, Supplier<CompletableFuture<Verdict>> then) {
        long begin = System.nanoTime();
        CompletableFuture<Verdict> bound = passed();
        for (BuildId session : sessions) {
            if (!session.isValid()) {
                return malformedId(Kind.SESSION).now();
            }
            bound = then(
                    bound,
                    () -> await(
                            session,
                            SESSION_WAIT.minusNanos(System.nanoTime() - begin),
                            answer -> answer.isOwn() ? Verdict.Passed.INSTANCE : notOwn(Kind.SESSION)));
        }
        return then(bound, then);
    }

    Verdict begin(BuildId id) {
        if (!id.isValid()) {
            return malformedId(id.kind());
        }
        if (!owners.begin(owner, id)) {
            return notOwn(id.kind());
        }
        inquiry.exchange().atEnd(() -> owners.end(owner, id));
        return pass();
    }

    CompletableFuture<Verdict> await(BuildId id, Duration longest, Function<Answer, Verdict> judge) {
        CompletableFuture<Answer> answer =
                owners.await(owner, id, trial.clientSide().executor());
        if (!answer.isDone()) {
            Scheduler.Task limit = trial.clientSide()
                    .scheduler()
                    .schedule(
                            () -> trial.clientSide().executor().execute(() -> answer.complete(Answer.UNKNOWN)),
                            Math.max(longest.toMillis(), 1),
                            TimeUnit.MILLISECONDS);
            var unused = answer.whenComplete((found, failure) -> limit.cancel());
        }
        return inquiry.run(() -> inquiry.await(answer, () -> inquiry.walk(() -> judge.apply(answer.join()))));
    }

    Verdict malformedId(Kind kind) {
        String sentence = trial.operation().id() + " needs exactly one id of a " + noun(kind) + FORM;
        return Verdict.denied(Reason.BUILD_ID, HttpStatus.BAD_REQUEST_400, sentence);
    }

    Verdict notOwn(Kind kind) {
        String sentence = trial.operation().id() + " names a " + noun(kind)
                + " that this client has not started through this proxy";
        return Verdict.denied(Reason.BUILD_OWNER, HttpStatus.FORBIDDEN_403, sentence);
    }

    static String noun(Kind kind) {
        return kind == Kind.SESSION ? "session" : "build";
    }

    List<String> header(String name) {
        return trial.clientSide().request().getHeaders().getFields(name).stream()
                .map(HttpField::getValue)
                .map(value -> value == null ? "" : value)
                .toList();
    }

    List<BuildId> parameter(Kind kind, String name) {
        List<BuildId> ids = new ArrayList<>();
        for (String value : trial.target().values(name)) {
            if (!value.isEmpty()) {
                ids.add(new BuildId(kind, value.startsWith(UPLOAD) ? value.substring(UPLOAD.length()) : value));
            }
        }
        return ids;
    }

    static CompletableFuture<Verdict> then(
            CompletableFuture<Verdict> first, Supplier<CompletableFuture<Verdict>> next) {
        return first.thenCompose(verdict -> verdict == Verdict.Passed.INSTANCE ? next.get() : verdict.now());
    }

    Verdict pass() {
        return inquiry.passed(trial.target());
    }

    CompletableFuture<Verdict> passed() {
        return pass().now();
    }
}
