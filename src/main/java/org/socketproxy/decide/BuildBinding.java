package org.socketproxy.decide;

import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.decide.BuildOwners.Answer;
import org.socketproxy.decide.BuildOwners.Id;
import org.socketproxy.decide.BuildOwners.Kind;
import org.socketproxy.decide.BuildOwners.Owner;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Decision.Alternative;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.BuildResults;
import org.socketproxy.policy.build.GrpcFrame;
import org.socketproxy.policy.build.MalformedMessageException;

/**
 * Binds one exchange to the builds and sessions of its client.
 *
 * <p>Threading: never blocks.
 *
 * <p>Security: a build, session or record that is not known to be one of the client is denied.
 */
final class BuildBinding {
    private static final Logger LOG = LoggerFactory.getLogger(BuildBinding.class);
    /** Limit of BuildKit for one message. */
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    /** Clients open the session at the same time as the build. */
    private static final Duration SESSION_WAIT = Duration.ofSeconds(3);
    /** Clients send Status and LLBBridge calls at the same time as the Solve, which can wait for its session. */
    private static final Duration BUILD_WAIT = SESSION_WAIT.multipliedBy(2);
    /** The daemon waits itself for the build of a client with access to all builds. */
    private static final Duration SHORT_WAIT = Duration.ofSeconds(1);

    private static final String HISTORY_VARIABLE = "ALLOW_BUILD_HISTORY";
    private static final String SESSION_HEADER = "X-Docker-Expose-Session-Uuid";
    private static final String BUILD_HEADER = "buildkit-controlapi-buildid";
    private static final String UPLOAD = "upload-request:";
    private static final String FORM =
            " of 16 to 128 letters, digits and characters of \"._-\", of which the first is a letter or digit";

    private final Inquiry question;
    private final Exchange exchange;
    private final BuildOwners owners;
    private final Owner owner;
    private final BodyStep bodies;
    private final SelfProtection self;

    BuildBinding(Inquiry question, BuildOwners owners, BodyStep bodies, SelfProtection self) {
        this.question = question;
        this.exchange = question.exchange();
        this.owners = owners;
        this.owner = Owner.of(exchange);
        this.bodies = bodies;
        this.self = self;
    }

    /** Records the session that the client opens. The daemon never uses a session without an id. */
    @Nullable
    CompletableFuture<Verdict> session() {
        List<String> ids = header(SESSION_HEADER);
        if (ids.isEmpty() || ids.equals(List.of(""))) {
            return null;
        }
        return begin(new Id(Kind.SESSION, ids.size() == 1 ? ids.get(0) : "")).now();
    }

    /** Records the id of a classic build, and binds the session that it names. */
    @Nullable
    CompletableFuture<Verdict> classicBuild() {
        List<Id> sessions = parameter(Kind.SESSION, "session");
        List<Id> builds = parameter(Kind.CLASSIC_BUILD, "buildid");
        return sessions.isEmpty() && builds.isEmpty()
                ? null
                : areOwn(sessions, () -> {
                    for (Id build : builds) {
                        Verdict verdict = begin(build);
                        if (verdict != Verdict.Passed.INSTANCE) {
                            return verdict.now();
                        }
                    }
                    return passed();
                });
    }

    @Nullable
    CompletableFuture<Verdict> cancel() {
        List<Id> builds = parameter(Kind.CLASSIC_BUILD, "id");
        return builds.stream().allMatch(build -> owners.isOwn(owner, build))
                ? null
                : notOwn(Kind.CLASSIC_BUILD).now();
    }

    /** Binds the sessions of a new build, and records its id. */
    CompletableFuture<Verdict> solve() {
        return read(message -> {
            Id build = new Id(Kind.BUILD, message.ref());
            return solve(message, build).thenApply(verdict -> {
                if (verdict instanceof Verdict.Denied denied) {
                    owners.deny(owner, build, denied.reply());
                }
                return verdict;
            });
        });
    }

    private CompletableFuture<Verdict> solve(BuildMessage message, Id build) {
        if (!build.isValid()) {
            return malformedId(Kind.BUILD).now();
        }
        if (owners.isOfAnother(owner, build)) {
            return notOwn(Kind.BUILD).now();
        }
        return areOwnSessions(message, () -> judge(message, () -> begin(build)).now());
    }

    /** Judges a Solve by the rules of the profile. */
    private Verdict judge(BuildMessage message, Supplier<Verdict> then) {
        Verdict denial = new BuildJudgement(question).judge(message);
        return denial == null ? then.get() : denial;
    }

    /** Binds the progress of a build. That of a denied build ends at once, so that the client prints the denial without a delay. */
    CompletableFuture<Verdict> status() {
        return read(message -> {
            Id build = new Id(Kind.BUILD, message.ref());
            return isHistoryAllowed()
                    ? await(build, SHORT_WAIT, answer -> answer.denial() == null ? pass() : empty())
                    : await(build, BUILD_WAIT, answer -> {
                        if (answer.isOwn()) {
                            return pass();
                        }
                        return answer.denial() == null ? notOwn(Kind.BUILD) : empty();
                    });
        });
    }

    /** Binds a call into a running build. */
    CompletableFuture<Verdict> bridge() {
        return isOfOwnBuild(build -> passed());
    }

    CompletableFuture<Verdict> bridgeSolve() {
        return isOfOwnBuild(build -> read(message -> areOwnSessions(
                message,
                () -> judge(message, () -> {
                            if (isJudged()) {
                                exchange.check(new GrpcResponse(response -> addResult(build, response)));
                            }
                            return pass();
                        })
                        .now())));
    }

    private boolean isJudged() {
        return exchange.profile().buildRules() != null;
    }

    /** Records the only result that the client may report. */
    private void addResult(Id build, ByteBuffer response) {
        try {
            owners.addResult(owner, build, BuildResults.fingerprint(response));
        } catch (MalformedMessageException unknownForm) {
            LOG.warn("Exchange {}: the result of a build cannot be read, so the client cannot use it", exchange.id());
        }
    }

    /** Binds the report of a result. One without a result would end the daemon. */
    CompletableFuture<Verdict> bridgeReturn() {
        return isOfOwnBuild(build -> read(report -> {
            if (BuildResults.isMissing(report)) {
                return malformed("has neither a result nor an error").now();
            }
            return !isJudged()
                            || BuildResults.isEmpty(report)
                            || owners.hasResult(owner, build, BuildResults.fingerprint(report))
                    ? passed()
                    : deniedResult();
        }));
    }

    private CompletableFuture<Verdict> deniedResult() {
        String sentence = exchange.operation().id() + " reports another result than the daemon gave to this build";
        return question.denied("build-result", new ErrorReply(HttpStatus.FORBIDDEN_403, sentence))
                .now();
    }

    /** Binds the sessions in the attributes of a source. */
    CompletableFuture<Verdict> bridgeResolve() {
        return isOfOwnBuild(build -> hold().thenCompose(this::namesNoOtherSession));
    }

    /** Binds the records of builds: those of one own build, or of all with a permission. */
    CompletableFuture<Verdict> history() {
        return read(message -> isOwnBuild(message.ref()) || isHistoryAllowed() ? passed() : deniedHistory());
    }

    CompletableFuture<Verdict> changeHistory() {
        return read(message -> isOwnBuild(message.ref()) || isHistoryAllowed() ? passed() : deniedHistory());
    }

    /** Binds a blob of a record, such as a log. */
    CompletableFuture<Verdict> blob() {
        return read(message ->
                owners.isOwnBlob(owner, message.digest()) || isHistoryAllowed() ? passed() : deniedHistory());
    }

    private boolean isOwnBuild(String ref) {
        return !ref.isEmpty() && owners.isOwn(owner, new Id(Kind.BUILD, ref));
    }

    /** A confined profile must not see builds of other profiles. */
    private boolean isHistoryAllowed() {
        return exchange.profile().targets() == null
                && exchange.profile().policy().granted().contains(HISTORY_VARIABLE);
    }

    private CompletableFuture<Verdict> deniedHistory() {
        Decision denial = new Decision(
                Reason.VARIABLE_MISSING,
                exchange.operation(),
                exchange.decision().isWrite(),
                List.of(),
                List.of(new Alternative(List.of(HISTORY_VARIABLE), 0)));
        if (exchange.profile().targets() != null) {
            return notOwn(Kind.BUILD).now();
        }
        exchange.deny(denial);
        String sentence = DenialMessage.sentence(denial, exchange.profile().origin(), List::of);
        return new Verdict.Denied(new ErrorReply(HttpStatus.FORBIDDEN_403, sentence)).now();
    }

    /** Judges the build that the header of an LLBBridge call names. */
    private CompletableFuture<Verdict> isOfOwnBuild(Function<Id, CompletableFuture<Verdict>> then) {
        List<String> ids = header(BUILD_HEADER);
        Id build = new Id(Kind.BUILD, ids.size() == 1 ? ids.get(0) : "");
        if (!build.isValid()) {
            return malformedId(Kind.BUILD).now();
        }
        CompletableFuture<Verdict> bound = await(build, BUILD_WAIT, answer -> {
            if (answer.isOwn()) {
                return Verdict.Passed.INSTANCE;
            }
            boolean isPing = OperationRules.verb(exchange.operation()) == Verb.BRIDGE_PING;
            ErrorReply denial = answer.denial();
            if (denial == null) {
                return notOwn(Kind.BUILD);
            }
            return isPing ? empty() : question.denied("build-denied", denial);
        });
        return then(bound, () -> then.apply(build));
    }

    private CompletableFuture<Verdict> areOwnSessions(BuildMessage message, Supplier<CompletableFuture<Verdict>> then) {
        List<Id> sessions =
                message.sessions().stream().map(id -> new Id(Kind.SESSION, id)).toList();
        return areOwn(sessions, () -> then(namesNoOtherSession(Verdict.Passed.INSTANCE), then));
    }

    /** Waits until all sessions are those of the client. */
    private CompletableFuture<Verdict> areOwn(List<Id> sessions, Supplier<CompletableFuture<Verdict>> then) {
        long begin = System.nanoTime();
        CompletableFuture<Verdict> bound = passed();
        for (Id session : sessions) {
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

    /** A definition has the ids of sessions in attributes of its sources, at any depth. */
    private CompletableFuture<Verdict> namesNoOtherSession(Verdict held) {
        if (held != Verdict.Passed.INSTANCE) {
            return held.now();
        }
        return TextSearch.hasAny(exchange.heldBody(), owners.sessionsOfOthers(owner))
                ? notOwn(Kind.SESSION).now()
                : passed();
    }

    private Verdict begin(Id id) {
        if (!id.isValid()) {
            return malformedId(id.kind());
        }
        if (!owners.begin(owner, id)) {
            return notOwn(id.kind());
        }
        exchange.atEnd(() -> owners.end(owner, id));
        return pass();
    }

    private CompletableFuture<Verdict> await(Id id, Duration longest, Function<Answer, Verdict> judge) {
        CompletableFuture<Answer> answer =
                owners.await(owner, id, exchange.clientSide().executor());
        if (!answer.isDone()) {
            Scheduler.Task limit = exchange.clientSide()
                    .scheduler()
                    .schedule(
                            () -> exchange.clientSide().executor().execute(() -> answer.complete(Answer.UNKNOWN)),
                            Math.max(longest.toMillis(), 1),
                            TimeUnit.MILLISECONDS);
            var unused = answer.whenComplete((found, failure) -> limit.cancel());
        }
        return question.run(() -> question.await(answer, () -> question.walk(() -> judge.apply(answer.join()))));
    }

    /** Reads the whole body and its message. */
    private CompletableFuture<Verdict> read(Function<BuildMessage, CompletableFuture<Verdict>> then) {
        return then(hold(), () -> {
            try {
                return then.apply(BuildMessage.read(exchange.operation(), exchange.heldBody()));
            } catch (MalformedMessageException malformed) {
                return malformed(String.valueOf(malformed.getMessage())).now();
            }
        });
    }

    private CompletableFuture<Verdict> hold() {
        if (!exchange.clientSide().hasBody()) {
            return passed();
        }
        return bodies.read(exchange, MAX_BYTES, this::hold);
    }

    /** Reserves memory for what is read from the message, which is about as large. */
    private Verdict hold(HeldBody held) {
        if (!held.reserveCopies()) {
            return new Verdict.Denied(BodyVerdict.noMemory(exchange));
        }
        exchange.hold(held.read());
        return Verdict.Passed.INSTANCE;
    }

    private Verdict malformed(String problem) {
        String sentence = "the message of " + exchange.operation().id() + " " + problem;
        return question.denied("grpc-message", new ErrorReply(HttpStatus.BAD_REQUEST_400, sentence));
    }

    private Verdict malformedId(Kind kind) {
        String sentence = exchange.operation().id() + " needs exactly one id of a " + noun(kind) + FORM;
        return question.denied("build-id", new ErrorReply(HttpStatus.BAD_REQUEST_400, sentence));
    }

    private Verdict notOwn(Kind kind) {
        String sentence = exchange.operation().id() + " names a " + noun(kind)
                + " that this client has not started through this proxy";
        return question.denied("build-owner", new ErrorReply(HttpStatus.FORBIDDEN_403, sentence));
    }

    private static String noun(Kind kind) {
        return kind == Kind.SESSION ? "session" : "build";
    }

    /** Answers a call of a denied build with success: no message for the progress, an empty one for a ping. */
    private Verdict empty() {
        exchange.deny("build-denied");
        boolean isPing = OperationRules.verb(exchange.operation()) == Verb.BRIDGE_PING;
        return new Verdict.Answered(isPing ? GrpcFrame.of(new byte[0]) : ByteBuffer.allocate(0));
    }

    private List<String> header(String name) {
        return exchange.clientSide().request().getHeaders().getFields(name).stream()
                .map(HttpField::getValue)
                .map(value -> value == null ? "" : value)
                .toList();
    }

    private List<Id> parameter(Kind kind, String name) {
        List<Id> ids = new ArrayList<>();
        for (String value : exchange.target().values(name)) {
            if (!value.isEmpty()) {
                ids.add(new Id(kind, value.startsWith(UPLOAD) ? value.substring(UPLOAD.length()) : value));
            }
        }
        return ids;
    }

    private static CompletableFuture<Verdict> then(
            CompletableFuture<Verdict> first, Supplier<CompletableFuture<Verdict>> next) {
        return first.thenCompose(verdict -> verdict == Verdict.Passed.INSTANCE ? next.get() : verdict.now());
    }

    private Verdict pass() {
        return question.passed(exchange.target());
    }

    private CompletableFuture<Verdict> passed() {
        return pass().now();
    }
}
