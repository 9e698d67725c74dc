package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.decide.BuildOwners.BuildId;
import org.socketproxy.decide.BuildOwners.Kind;
import org.socketproxy.decide.BuildOwners.Owner;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Decision.Alternative;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.BuildRecord;
import org.socketproxy.policy.build.BuildResults;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.build.GrpcFrame;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.policy.build.TextSearch;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.protect.SelfProtection;

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
    static final int MAX_BYTES = 16 * 1024 * 1024;
    /** Clients send Status and LLBBridge calls at the same time as the Solve, which can wait for its session. */
    private static final Duration BUILD_WAIT = BuildIds.SESSION_WAIT.multipliedBy(2);
    /** The daemon waits itself for the build of a client with access to all builds. */
    private static final Duration SHORT_WAIT = Duration.ofSeconds(1);

    private static final String HISTORY_VARIABLE = "ALLOW_BUILD_HISTORY";
    private static final String SESSION_HEADER = "X-Docker-Expose-Session-Uuid";
    private static final String BUILD_HEADER = "buildkit-controlapi-buildid";

    private final Inquiry inquiry;
    private final Trial trial;
    private final BuildOwners owners;
    private final Owner owner;
    private final BuildIds ids;
    private final DaemonObjects objects;
    private final BodyStep bodies;
    private final SelfProtection self;

    BuildBinding(Inquiry inquiry, BuildOwners owners, DaemonObjects objects, BodyStep bodies, SelfProtection self) {
        this.objects = objects;
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.owners = owners;
        this.ids = new BuildIds(inquiry, owners);
        this.owner = ids.owner();
        this.bodies = bodies;
        this.self = self;
    }

    /** Records the session that the client opens. The daemon never uses a session without an id. */
    @Nullable
    CompletableFuture<Verdict> session() {
        if (trial.operation().isGrpc()) {
            String sentence =
                    trial.operation().id() + " opens a session inside of a call, which the proxy does not read:"
                            + " open it with POST /session";
            return Verdict.denied(Reason.NESTED_SESSION, HttpStatus.FORBIDDEN_403, sentence)
                    .now();
        }
        List<String> values = ids.header(SESSION_HEADER);
        if (values.isEmpty() || values.equals(List.of(""))) {
            return null;
        }
        return ids.begin(new BuildId(Kind.SESSION, values.size() == 1 ? values.get(0) : ""))
                .now();
    }

    /** Records the id of a classic build, and binds the session that it names. */
    @Nullable
    CompletableFuture<Verdict> classicBuild() {
        List<BuildId> sessions = ids.parameter(Kind.SESSION, "session");
        List<BuildId> builds = ids.parameter(Kind.CLASSIC_BUILD, "buildid");
        return sessions.isEmpty() && builds.isEmpty()
                ? null
                : ids.areOwn(sessions, () -> {
                    for (BuildId build : builds) {
                        Verdict verdict = ids.begin(build);
                        if (verdict != Verdict.Passed.INSTANCE) {
                            return verdict.now();
                        }
                    }
                    return ids.passed();
                });
    }

    @Nullable
    CompletableFuture<Verdict> cancel() {
        List<BuildId> builds = ids.parameter(Kind.CLASSIC_BUILD, "id");
        return builds.stream().allMatch(build -> owners.isOwn(owner, build))
                ? null
                : ids.notOwn(Kind.CLASSIC_BUILD).now();
    }

    /** Binds the sessions of a new build, and records its id. */
    CompletableFuture<Verdict> solve() {
        return read(message -> {
            BuildId build = new BuildId(Kind.BUILD, message.ref());
            return solve(message, build).thenApply(verdict -> {
                if (verdict instanceof Verdict.Denied denied) {
                    owners.deny(owner, build, denied.denial().reply());
                }
                return verdict;
            });
        });
    }

    private CompletableFuture<Verdict> solve(BuildMessage message, BuildId build) {
        if (!build.isValid()) {
            return ids.malformedId(Kind.BUILD).now();
        }
        if (owners.isOfAnother(owner, build)) {
            return ids.notOwn(Kind.BUILD).now();
        }
        return areOwnSessions(
                message,
                () -> BuildIds.then(
                        new BuildJudgement(inquiry).protect(message, objects),
                        () -> judge(message, () -> ids.begin(build)).now()));
    }

    /** Judges a Solve by its image names and by the rules of the profile. */
    private Verdict judge(BuildMessage message, Supplier<Verdict> then) {
        if (BuildRules.hasCacheNamespace(message)
                || TextSearch.hasAny(trial.heldBody(), Set.of(BuildRules.RESERVED_HOST))) {
            String sentence =
                    trial.operation().id() + " names the cache of a profile, by BUILDKIT_CACHE_MOUNT_NS or by a"
                            + " host below profile.invalid";
            return Verdict.denied(Reason.BUILD_OWNER, HttpStatus.FORBIDDEN_403, sentence);
        }
        ProtectedSubject subject = self.owner(trial, BuildRules.imageNames(message));
        if (subject != null) {
            return new Verdict.Denied(SelfStep.denial(trial, subject));
        }
        Verdict denial = new BuildJudgement(inquiry).judge(message);
        return denial == null ? then.get() : denial;
    }

    /** Binds the progress of a build. That of a denied build ends at once, so that the client prints the denial without a delay. */
    CompletableFuture<Verdict> status() {
        return read(message -> {
            BuildId build = new BuildId(Kind.BUILD, message.ref());
            return isHistoryAllowed()
                    ? ids.await(build, SHORT_WAIT, answer -> answer.denial() == null ? ids.pass() : empty())
                    : ids.await(build, BUILD_WAIT, answer -> {
                        if (answer.isOwn()) {
                            return ids.pass();
                        }
                        return answer.denial() == null ? ids.notOwn(Kind.BUILD) : empty();
                    });
        });
    }

    /** Reads a message that names no build or session. */
    CompletableFuture<Verdict> message() {
        return read(message -> ids.passed());
    }

    /**
     * Answers a call that the daemon does not need, with a message without fields. It reads the body first: the HTTP/2 connection of
     * the client counts a body that comes after the answer as unread, and ends when these are too many.
     */
    CompletableFuture<Verdict> answer() {
        return BuildIds.then(hold(), () -> new Verdict.Answered(null, GrpcFrame.of(new byte[0])).now());
    }

    /** Binds a call into a running build. */
    CompletableFuture<Verdict> bridge() {
        return isOfOwnBuild(build -> message());
    }

    CompletableFuture<Verdict> bridgeSolve() {
        return isOfOwnBuild(build -> read(message -> areOwnSessions(
                message,
                () -> judge(message, () -> {
                            if (isJudged()) {
                                trial.check(new GrpcResponse(response -> addResult(build, response)));
                            }
                            return ids.pass();
                        })
                        .now())));
    }

    private boolean isJudged() {
        return trial.profile().buildRules(trial.operation()) != null;
    }

    /** Records the only result that the client may report. */
    private void addResult(BuildId build, ByteBuffer response) {
        try {
            owners.addResult(owner, build, BuildResults.fingerprint(response));
        } catch (MalformedMessageException unknownForm) {
            LOG.warn("Exchange {}: the result of a build cannot be read, so the client cannot use it", trial.id());
        }
    }

    /** Binds the report of a result to the results that the daemon gave this build. */
    CompletableFuture<Verdict> bridgeReturn() {
        return isOfOwnBuild(build -> read(report -> !isJudged()
                        || BuildResults.isEmpty(report)
                        || owners.hasResult(owner, build, BuildResults.fingerprint(report))
                ? ids.passed()
                : deniedResult()));
    }

    private CompletableFuture<Verdict> deniedResult() {
        String sentence = trial.operation().id() + " reports another result than the daemon gave to this build";
        return Verdict.denied(Reason.BUILD_RESULT, HttpStatus.FORBIDDEN_403, sentence)
                .now();
    }

    /** Binds the sessions in the attributes of a source. */
    CompletableFuture<Verdict> bridgeResolve() {
        return isOfOwnBuild(build -> read(message -> namesNoOtherSession()));
    }

    /** Binds the records of builds: those of one own build, or of all with a permission. */
    CompletableFuture<Verdict> history() {
        return read(message -> {
            boolean isOwn = isOwnBuild(message.ref());
            if (isOwn) {
                trial.check(new GrpcResponse(event -> addBlobs(message.ref(), event)));
            }
            return isOwn || isHistoryAllowed() ? ids.passed() : deniedHistory();
        });
    }

    /** Records the blobs that the client may read. */
    private void addBlobs(String ref, ByteBuffer event) {
        try {
            BuildRecord record = BuildRecord.read(event);
            if (record.ref().equals(ref)) {
                record.blobs().forEach(digest -> owners.addBlob(owner, digest));
            }
        } catch (MalformedMessageException unknownForm) {
            LOG.debug("Exchange {}: the record of a build cannot be read", trial.id(), unknownForm);
        }
    }

    CompletableFuture<Verdict> changeHistory() {
        return read(message -> isOwnBuild(message.ref()) || isHistoryAllowed() ? ids.passed() : deniedHistory());
    }

    /** Binds a blob of a record, such as a log. */
    CompletableFuture<Verdict> blob() {
        return read(message ->
                owners.isOwnBlob(owner, message.digest()) || isHistoryAllowed() ? ids.passed() : deniedHistory());
    }

    private boolean isOwnBuild(String ref) {
        return !ref.isEmpty() && owners.isOwn(owner, new BuildId(Kind.BUILD, ref));
    }

    /** A confined profile must not see builds of other profiles. */
    private boolean isHistoryAllowed() {
        return trial.profile().targets() == null
                && trial.profile().policy().granted().contains(HISTORY_VARIABLE);
    }

    private CompletableFuture<Verdict> deniedHistory() {
        Decision denial = new Decision(
                Reason.VARIABLE_MISSING,
                trial.operation(),
                trial.decision().isWrite(),
                List.of(),
                List.of(new Alternative(List.of(HISTORY_VARIABLE), 0)));
        if (trial.profile().targets() != null) {
            return ids.notOwn(Kind.BUILD).now();
        }
        String sentence = DenialMessage.sentence(denial, trial.profile().origin(), List::of);
        return new Verdict.Denied(Denial.of(denial, sentence)).now();
    }

    /** Judges the build that the header of an LLBBridge call names. */
    private CompletableFuture<Verdict> isOfOwnBuild(Function<BuildId, CompletableFuture<Verdict>> then) {
        List<String> values = ids.header(BUILD_HEADER);
        BuildId build = new BuildId(Kind.BUILD, values.size() == 1 ? values.get(0) : "");
        if (!build.isValid()) {
            return ids.malformedId(Kind.BUILD).now();
        }
        CompletableFuture<Verdict> bound = ids.await(build, BUILD_WAIT, answer -> {
            if (answer.isOwn()) {
                return Verdict.Passed.INSTANCE;
            }
            boolean isPing = trial.operation().verb() == Verb.BRIDGE_PING;
            ErrorReply denial = answer.denial();
            if (denial == null) {
                return ids.notOwn(Kind.BUILD);
            }
            return isPing ? empty() : new Verdict.Denied(Denial.of(Reason.BUILD_DENIED, denial));
        });
        return BuildIds.then(bound, () -> then.apply(build));
    }

    private CompletableFuture<Verdict> areOwnSessions(BuildMessage message, Supplier<CompletableFuture<Verdict>> then) {
        List<BuildId> sessions = message.sessions().stream()
                .map(id -> new BuildId(Kind.SESSION, id))
                .toList();
        return ids.areOwn(sessions, () -> BuildIds.then(namesNoOtherSession(), then));
    }

    /** A definition has the ids of sessions in attributes of its sources, at any depth. */
    private CompletableFuture<Verdict> namesNoOtherSession() {
        return TextSearch.hasAny(trial.heldBody(), owners.sessionsOfOthers(owner))
                ? ids.notOwn(Kind.SESSION).now()
                : ids.passed();
    }

    /** Reads the whole body and its message. The daemon gets what is written from the values. */
    private CompletableFuture<Verdict> read(Function<BuildMessage, CompletableFuture<Verdict>> then) {
        return BuildIds.then(hold(), () -> {
            try {
                BuildMessage message = BuildMessage.read(trial.operation(), trial.heldBody());
                trial.hold(message.encode());
                return then.apply(message);
            } catch (MalformedMessageException malformed) {
                return malformed(String.valueOf(malformed.getMessage())).now();
            }
        });
    }

    private CompletableFuture<Verdict> hold() {
        if (!trial.clientSide().hasBody()) {
            return ids.passed();
        }
        return bodies.read(inquiry.exchange(), bodies.largest(MAX_BYTES), this::hold);
    }

    /** Reserves memory for what is read from the message, which is about as large. */
    private Verdict hold(HeldBody held) {
        if (!held.reserveCopies()) {
            return new Verdict.Denied(BodyVerdict.noMemory());
        }
        trial.hold(held.read());
        return Verdict.Passed.INSTANCE;
    }

    private Verdict malformed(String problem) {
        String sentence = "the message of " + trial.operation().id() + " " + problem;
        return Verdict.denied(Reason.GRPC_MESSAGE, HttpStatus.BAD_REQUEST_400, sentence);
    }

    /** Answers a call of a denied build with success: no message for the progress, an empty one for a ping. */
    private Verdict empty() {
        boolean isPing = trial.operation().verb() == Verb.BRIDGE_PING;
        return new Verdict.Answered(Reason.BUILD_DENIED, isPing ? GrpcFrame.of(new byte[0]) : ByteBuffer.allocate(0));
    }
}
