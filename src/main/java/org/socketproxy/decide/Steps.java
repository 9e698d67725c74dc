package org.socketproxy.decide;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.GrpcStatus;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.StepRun;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.OperationPlan.Concern;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.protect.SelfProtection;

/**
 * Runs the steps between the permission and the forwarding of a request, one after the other.
 *
 * <p>Threading: never blocks. If a step waits, the thread that completes its verdict runs the next steps; after the last one the
 * request is dispatched again, once.
 *
 * <p>Security: fails closed; an exception in a step denies the request with status 500.
 */
public final class Steps {
    private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

    private final Map<Kind, Step> all = new EnumMap<>(Kind.class);
    /** The lists of steps by the concerns of a plan, which many plans share. */
    private final Map<Integer, List<Step>> byConcerns = new ConcurrentHashMap<>();

    private final SelfProtection self;
    private final DaemonObjects objects;
    private final ActiveExchanges exchanges;

    /**
     * Creates the steps of all exchanges.
     *
     * @param self protects the proxy's own container and the clients of other profiles
     * @param load counts the open exchanges of each profile
     * @param exchanges contains an exchange that a step concerns
     */
    public Steps(
            DaemonObjects objects,
            SelfProtection self,
            BodyStep bodies,
            ProfileConcurrency load,
            ActiveExchanges exchanges) {
        this.self = self;
        this.objects = objects;
        this.exchanges = exchanges;
        Parts parts = new Parts(objects, self, bodies, load);
        for (Kind kind : Kind.values()) {
            all.put(kind, kind.factory.apply(parts));
        }
    }

    private List<Step> of(int concerns) {
        List<Step> known = byConcerns.get(concerns); // computeIfAbsent may lock even if the key is present
        return known != null
                ? known
                : byConcerns.computeIfAbsent(
                        concerns,
                        bits -> all.entrySet().stream()
                                .filter(step -> step.getKey().concern.isIn(bits))
                                .map(Map.Entry::getValue)
                                .toList());
    }

    private record Parts(DaemonObjects objects, SelfProtection self, BodyStep bodies, ProfileConcurrency load) {}

    /** The steps in their order. */
    @SuppressWarnings("ImmutableEnumChecker") // the factories have no state
    public enum Kind {
        LIMIT("counts the exchange for its profile, and denies it beyond a limit", parts -> new LimitStep(parts.load)),
        TARGET(
                "`TARGETS`: inspects the objects that path and query name; those of the profile get their ids, others are missing. `WRITE_TARGETS`, `PROTECT`: the same for those that the request changes; others are denied",
                parts -> new TargetStep(parts.objects, parts.bodies)),
        RESPONSE_SCOPE(
                "`TARGETS`: lists the profile's objects by which a response is filtered",
                parts -> new ResponseScopeStep(parts.objects)),
        EXEC(
                "`EXEC_ALLOW`: starts only an exec that the rules of the profile have admitted",
                parts -> new ExecStep(parts.objects)),
        OWN_MOUNTS(
                "`BINDS=own`: inspects the container of the client, whose mounts it can bind",
                parts -> new OwnMountsStep(parts.objects)),
        SELF(
                "denies a request that acts on the proxy's own container or on a client of another profile",
                parts -> new SelfStep(parts.self, parts.objects)),
        CONTAINER(
                "`CREATE=safe`: inspects and judges the container or pod that the request enters",
                parts -> new ContainerStep(parts.objects, parts.self)),
        BODY("reads the body and judges it, if the profile has a judge for the operation", parts -> parts.bodies),
        API_VERSION(
                "`API_VERSION`: reads the body of a translated request; one that could mean something else keeps the client's version",
                parts -> new ApiVersionStep(parts.bodies)),
        TOTALS(
                "`MAX_OBJECTS`: reserves what the request adds to the objects of the profile, until the daemon has answered",
                parts -> new TotalsStep(parts.objects)),
        BODY_TARGETS(
                "`TARGETS`, `WRITE_TARGETS`, `PROTECT`: inspects the objects that the body names, and writes their ids and the profile's labels into it",
                parts -> new BodyTargetsStep(parts.objects, parts.self)),
        BODY_OBJECTS(
                "`CREATE=safe`: inspects and judges the volumes, the pod or the endpoint that the body names; `EXEC_OPTIONS=non-root`: the user of the container",
                parts -> new BodyObjectsStep(parts.objects, parts.self)),
        BINDS("`CREATE=safe`: puts a volume of the proxy in place of each bind below `/**`", parts -> new BindStep()),
        IMAGES(
                "`CREATE_IMAGES`: removes passwords for other registries from `X-Registry-Auth` and `X-Registry-Config`; `REGISTRIES`: adds those of the profile; `CREATE_REQUIRE=digest`, `CREATE_SIGNED`: asks the daemon for the digest of an image, and writes it into the request",
                parts -> new ImagesStep(parts.objects)),
        SIGNATURES(
                "`CREATE_SIGNED`: reads the signatures of the image from its registry, and verifies them",
                parts -> new SignaturesStep()),
        ARCHIVE(
                "`CREATE=safe`, `TARGETS`, and on Podman: lets a judge decide about an archive while it is forwarded",
                parts -> new ArchiveStep(parts.bodies, parts.self)),
        BUILD(
                "binds builds, their records and sessions to the client that has opened them",
                parts -> new BuildStep(parts.objects, parts.bodies, parts.self));

        private final String summary;
        private final Concern concern = Concern.valueOf(name());
        private final Function<Parts, Step> factory;

        Kind(String summary, Function<Parts, Step> factory) {
            this.summary = summary;
            this.factory = factory;
        }

        /** Returns the steps that concern the permitted requests of an operation, in their order. */
        public static List<Kind> of(Profile profile, Operation operation) {
            int concerns = profile.plan(operation).concerns();
            return Arrays.stream(values())
                    .filter(kind -> kind.concern.isIn(concerns))
                    .toList();
        }

        /** Returns the step if it concerns the request of a tried policy, or null. */
        @Nullable
        Step rehearsed(Trial trial, DaemonObjects objects) {
            return concern.isIn(trial.profile().plan(trial.operation()).concerns())
                    ? factory.apply(new Parts(objects, SelfProtection.NONE, new BodyStep(), new ProfileConcurrency()))
                    : null;
        }

        /** Returns the name in lower case, such as {@code body targets}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        /** Returns the purpose of the step, in Markdown. */
        public String summary() {
            return summary;
        }
    }

    /**
     * Decides on a permitted request.
     *
     * @return true if it is allowed; otherwise it is answered or dispatched again, now or later
     */
    public boolean decide(Exchange exchange, HttpServletRequest request) {
        Trial trial = exchange.trial();
        if (trial.client().certificate() != null) {
            self.clients().see(trial);
        }
        if (trial.profile().isReplacingBinds()) {
            objects.bindVolumes().sweepIfDue();
        }
        int concerns = trial.profile().plan(trial.operation()).concerns();
        return concerns == 0 ? exchange.allow() : new Run(exchange, request, of(concerns)).isPassed();
    }

    /** The steps of one exchange. */
    private final class Run {
        private final Exchange exchange;
        private final HttpServletRequest request;
        private final Inquiry inquiry;
        private final StepRun run;
        private @Nullable AsyncContext async;

        Run(Exchange exchange, HttpServletRequest request, List<Step> steps) {
            this.exchange = exchange;
            this.request = request;
            this.inquiry = new Inquiry(exchange, objects);
            Appeals appeals = exchange.trial().appeals();
            List<Step> all = appeals == null ? steps : AppealStep.around(steps, appeals);
            this.run = new StepRun(inquiry, all, this::failed, this::end);
            exchanges.begin(exchange);
            Request.addCompletionListener(exchange.clientSide().request(), failure -> {
                if (!exchange.isTunnel()) {
                    exchanges.end(exchange);
                }
            });
        }

        /** Runs the steps until one waits or does not pass the request. Returns true after the last one. */
        boolean isPassed() {
            Verdict verdict = run.run(this::startAsync);
            return verdict != null && isPassed(verdict);
        }

        private void end(Verdict verdict) {
            try {
                if (isPassed(verdict)) {
                    startAsync().dispatch();
                }
            } catch (RuntimeException | StackOverflowError broken) { // the future would hide it
                LOG.error("Exchange {} cannot go on", exchange.id(), broken);
                exchange.clientSide().abort(broken);
            }
        }

        private AsyncContext startAsync() {
            AsyncContext begun = async;
            if (begun == null) {
                begun = request.startAsync();
                begun.setTimeout(0);
                async = begun;
            }
            return begun;
        }

        private Verdict failed(@Nullable Throwable failure) {
            LOG.error("Exchange {} is denied, because judging it failed", exchange.id(), failure);
            return new Verdict.Denied(Denial.ofFailure());
        }

        /** Answers the request, unless the verdict is that it goes on. */
        private boolean isPassed(Verdict verdict) {
            inquiry.end();
            if (verdict == Verdict.Passed.INSTANCE) {
                return exchange.allow() || isPassed(Verdict.aborted());
            }
            Reason reason = verdict.reason();
            if (verdict instanceof Verdict.Denied denied) {
                exchange.deny(denied.denial());
            } else if (reason != null) {
                exchange.deny(reason);
            }
            startAsync();
            answer(verdict);
            return false;
        }

        private void answer(Verdict verdict) {
            ClientConnection client = exchange.clientSide();
            if (verdict instanceof Verdict.Aborted aborted) {
                client.abort(aborted.cause());
                client.complete();
                return;
            }
            Callback drain = client.drainThenComplete(exchange.unreadBody());
            if (verdict instanceof Verdict.Denied denied) {
                denied.denial().reply().answer(client, drain);
            } else if (verdict instanceof Verdict.Relayed relayed) {
                ErrorReply.relay(client, relayed.status(), relayed.contentType(), relayed.body(), drain);
            } else if (verdict instanceof Verdict.Answered answered
                    && answered.messages().hasRemaining()) {
                GrpcStatus.OK.answer(client.response(), answered.messages(), drain);
            } else {
                GrpcStatus.OK.answer(client.response(), drain);
            }
        }
    }
}
