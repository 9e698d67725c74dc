package org.socketproxy.inquiry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonQuery.NoAnswerException;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.ListQuery;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.scope.MissingObject;

/**
 * Runs the judges of one exchange, and asks the daemon about the objects that they need: one query after the other, and none
 * twice, because the answers are kept until the decision.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: fails closed; without an answer of the daemon the request is not forwarded. The memory for answers is limited.
 */
public final class Inquiry {
    private static final Logger LOG = LoggerFactory.getLogger(Inquiry.class);
    /** Sentence of a request that has waited too long. */
    public static final String TURN_TIMEOUT =
            "this request must wait for other requests of its profile, which take too long; try again later";

    private static final Object MISSING = new Object();

    /** An answer and the facts that are read from it have at most about so many times the bytes of the answer. */
    private static final int FACTOR = 2;

    private final Trial trial;
    /** Null for a tried policy, which no abort ends. */
    private final @Nullable Exchange exchange;

    private final DaemonObjects objects;
    private final Map<Object, Inspection> known = new HashMap<>();
    /** Facts that the judge has read from answers, by {@link Query#fact}. */
    private final Map<Object, Object> facts = new HashMap<>();

    private HeldMemory.@Nullable Share memory;
    /** The query that the judge needs next. */
    private @Nullable Query<?> unanswered;

    private CompletableFuture<Verdict> verdict = new CompletableFuture<>();

    /**
     * A query to the daemon.
     *
     * @param key equal for queries with the same answer
     * @param fact equal for queries with the same fact
     * @param reader returns the fact that a judge needs; null if the answer denies the request with the refusal
     */
    private record Query<T>(
            Object key,
            Object fact,
            String object,
            Supplier<CompletableFuture<Inspection>> sender,
            Function<Inspection, @Nullable T> reader,
            Function<Inspection, Verdict> refusal) {}

    /**
     * Judges the objects of a request, one after the other. It runs again from its beginning when an answer of the daemon that it
     * needs has come, so it changes the exchange only after the last of its queries.
     */
    @FunctionalInterface
    public interface Judge {
        Verdict judge() throws EndOfRun;
    }

    /** Ends a run of a judge: with a verdict or a missing object, or until the daemon has answered. It has no stack trace, which would cost more than a run. */
    public static final class EndOfRun extends Exception {
        private static final long serialVersionUID = 1;

        private final transient @Nullable Verdict verdict;
        private final transient @Nullable MissingObject missing;
        private final boolean isAbsent;

        public EndOfRun(@Nullable Verdict verdict) {
            this(verdict, null, false);
        }

        /** @param isAbsent whether no object has the name: then the request is not denied */
        private EndOfRun(@Nullable Verdict verdict, @Nullable MissingObject missing, boolean isAbsent) {
            super(null, null, false, false);
            this.verdict = verdict;
            this.missing = missing;
            this.isAbsent = isAbsent;
        }
    }

    public Inquiry(Exchange exchange, DaemonObjects objects) {
        this(exchange.trial(), exchange, objects);
    }

    private Inquiry(Trial trial, @Nullable Exchange exchange, DaemonObjects objects) {
        this.trial = trial;
        this.exchange = exchange;
        this.objects = objects;
    }

    /** Begins the queries of a tried policy. */
    public static Inquiry ofTried(Trial trial, DaemonObjects objects) {
        return new Inquiry(trial, null, objects);
    }

    /** Runs a step that denies the request or passes it on, now or later. */
    public CompletableFuture<Verdict> run(Runnable step) {
        verdict = new CompletableFuture<>();
        step.run();
        return verdict;
    }

    /** Runs a judge, again after each answer of the daemon, until it has a verdict. */
    public CompletableFuture<Verdict> judge(Judge judge) {
        return run(() -> walk(judge));
    }

    /** The same within a step that already waits. */
    public void walk(Judge judge) {
        facts.clear();
        runAgain(judge);
    }

    private void runAgain(Judge judge) {
        Verdict found;
        try {
            found = judge.judge();
        } catch (EndOfRun end) {
            if (end.missing != null) {
                relay(end.missing, end.isAbsent);
                return;
            }
            found = end.verdict;
        }
        if (found == null) {
            query(Objects.requireNonNull(unanswered), judge);
        } else {
            facts.clear();
            verdict.complete(found);
        }
    }

    /** Answers as the daemon does for an object that the client must not know of. */
    private void relay(MissingObject missing, boolean isAbsent) {
        facts.clear();
        await(
                objects.missing().of(missing, trial.clientSide()),
                "",
                said -> verdict.complete(new Verdict.Relayed(
                        isAbsent ? null : Reason.TARGET_OUTSIDE, said.status(), said.contentType(), said.body())));
    }

    private void query(Query<?> query, Judge judge) {
        await(query.sender.get(), query.object, found -> {
            if (found.isDescribed() && query.key instanceof String target) {
                remember(target, found);
            }
            Object fact = query.reader.apply(found);
            if (fact == null) {
                verdict.complete(query.refusal.apply(found));
            } else {
                facts.put(query.fact, fact);
                runAgain(judge);
            }
        });
    }

    /**
     * Inspects an object that must exist, and reads a fact from the answer. A judge reads one fact for each target.
     *
     * @param target path and query
     * @param object word for the kind of object, such as {@code container}
     * @throws EndOfRun with the denial if the object does not exist; without a verdict if the daemon has not answered yet
     */
    public <T> T inspect(String target, String object, Function<Inspection, T> reader) throws EndOfRun {
        return read(target, object, found -> found.isDescribed() ? reader.apply(found) : null);
    }

    /**
     * Inspects an object that can be missing.
     *
     * @param isMissing returns true for an error of the daemon which means that the object does not exist; others deny the request
     * @return null if the object does not exist
     */
    public <T> @Nullable T find(
            String target, String object, Function<Inspection, T> reader, Predicate<Inspection> isMissing)
            throws EndOfRun {
        return find(target, target, object, reader, isMissing);
    }

    /**
     * Inspects an object that can be missing, for a judge that reads two facts from an answer.
     *
     * @param by key of the fact
     */
    @SuppressWarnings("unchecked") // the reader has read it
    public <T> @Nullable T find(
            Object by, String target, String object, Function<Inspection, T> reader, Predicate<Inspection> isMissing)
            throws EndOfRun {
        Object fact = read(by, target, object, found -> {
            if (found.isDescribed()) {
                return reader.apply(found);
            }
            return isMissing.test(found) ? MISSING : null;
        });
        return fact == MISSING ? null : (T) fact;
    }

    /**
     * Inspects an object.
     *
     * @param reader reads a fact from each answer, also from an error; null denies the request with the error of the daemon
     */
    public <T> T read(String target, String object, Function<Inspection, @Nullable T> reader) throws EndOfRun {
        return read(target, target, object, reader);
    }

    private <T> T read(Object by, String target, String object, Function<Inspection, @Nullable T> reader)
            throws EndOfRun {
        return fact(new Query<>(
                target,
                by,
                object,
                () -> objects.inspector().inspect(target, trial.clientSide()),
                reader,
                found -> Verdict.refused(found, object)));
    }

    /**
     * Asks for a list, and reads the facts of its elements while it arrives.
     *
     * @param isMissing returns true for an error of the daemon which means that there are no such objects
     * @return null if there are no such objects
     */
    @SuppressWarnings("unchecked") // the list has the type
    public <T> @Nullable T list(ListQuery<T> list, String object, Predicate<Inspection> isMissing) throws EndOfRun {
        Object facts = fact(new Query<Object>(
                list,
                list,
                object,
                () -> objects.inspector().list(list, trial.clientSide()),
                found -> found.isDescribed() ? found.facts(list).orElse(null) : isMissing.test(found) ? MISSING : null,
                found -> Verdict.refused(found, object)));
        return facts == MISSING ? null : (T) facts;
    }

    /**
     * Lets the daemon create an object, once.
     *
     * @param target path
     * @param body distinguishes the objects
     */
    public <T> T create(String target, ByteBuffer body, String object, Function<ByteBuffer, T> reader) throws EndOfRun {
        String key = target + " " + StandardCharsets.UTF_8.decode(body.duplicate());
        return fact(new Query<>(
                key,
                key,
                object,
                () -> objects.query()
                        .post(target, body, trial.clientSide())
                        .thenApply(answer -> new Inspection(answer.status(), answer.body())),
                found -> found.status() == HttpStatus.CREATED_201 ? reader.apply(found.body()) : null,
                found -> Verdict.lookup(
                        object, "the daemon answered " + found.status() + " to the creation of a " + object)));
    }

    @SuppressWarnings("unchecked") // a judge reads one fact for each key
    private <T> T fact(Query<T> query) throws EndOfRun {
        T fact = (T) facts.get(query.fact);
        if (fact == null) {
            Inspection before = known.get(query.key);
            fact = before == null ? null : query.reader.apply(before);
            if (fact == null) {
                unanswered = query;
                throw new EndOfRun(null);
            }
            facts.put(query.fact, fact);
        }
        return fact;
    }

    /** Ends the memory for answers. */
    public void end() {
        forget();
        if (memory != null) {
            memory.close();
        }
    }

    public Trial trial() {
        return trial;
    }

    /** Returns the exchange, for a step that no tried policy runs. */
    public Exchange exchange() {
        return Objects.requireNonNull(exchange);
    }

    /** Returns the rules of {@code CREATE=safe}, which the profile has. */
    public CreateRules rules() {
        return Objects.requireNonNull(trial.profile().create());
    }

    /** Keeps an answer for the following steps, if memory for it is spare. */
    public void remember(String target, Inspection found) {
        HeldMemory.Share share = memory == null ? objects.query().share(trial.clientSide()) : memory;
        memory = share;
        if (!known.containsKey(target)
                && share.reserveSpare(FACTOR * found.body().remaining())) {
            known.put(target, found);
        }
    }

    /** Forgets all answers, before the exchange waits for something that gives the objects time to change. */
    public void forget() {
        known.clear();
    }

    /** Waits for earlier requests; an abort of the exchange ends the wait, and a timeout denies it. */
    public void await(CompletableFuture<?> turn, Runnable next) {
        await(turn, "", any -> next.run());
    }

    private <T> void await(CompletableFuture<T> answer, String object, Consumer<T> next) {
        if (exchange != null) {
            exchange.ask(answer);
        }
        var unused = answer.whenComplete((found, failure) -> {
            try {
                if (failure != null) {
                    fail(failure, object);
                } else if (exchange != null && exchange.isAbandoned()) {
                    verdict.complete(Verdict.aborted());
                } else {
                    next.accept(found);
                }
            } catch (RuntimeException | StackOverflowError broken) {
                LOG.error("Exchange {} is denied, because judging its {} failed", trial.id(), object, broken);
                verdict.complete(new Verdict.Denied(Denial.ofFailure()));
            }
        });
    }

    private void fail(Throwable failure, String object) {
        if (failure instanceof CancellationException) {
            verdict.complete(Verdict.aborted());
        } else if (failure instanceof TimeoutException) {
            verdict.complete(Verdict.denied(Reason.TURN_TIMEOUT, HttpStatus.SERVICE_UNAVAILABLE_503, TURN_TIMEOUT));
        } else if (failure instanceof NoAnswerException unanswered) {
            verdict.complete(Verdict.lookup(object, unanswered.reply()));
        } else {
            throw new IllegalStateException(failure);
        }
    }

    /** Passes the request on with a target that names the judged object. */
    public Verdict passed(RequestTarget target) {
        trial.identify(target);
        return exchange == null || exchange.goOn() ? Verdict.Passed.INSTANCE : Verdict.aborted();
    }

    /** Denies an object with violations of the rules. With {@code MASK=paths} the response names no path of the host. */
    public Verdict denied(List<Violation> violations) {
        boolean isMasked = trial.profile().mask().groups().contains(MaskGroup.PATHS);
        return new Verdict.Denied(trial.denial(Decision.exceeding(violations, trial.decision()), isMasked));
    }

    /** Denies a request for an object that the client must not know of. */
    public static EndOfRun outside(MissingObject missing) {
        return new EndOfRun(null, missing, false);
    }

    /** Answers a request for an object that does not exist, with the same bytes. */
    public static EndOfRun absent(MissingObject missing) {
        return new EndOfRun(null, missing, true);
    }
}
