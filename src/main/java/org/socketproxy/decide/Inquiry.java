package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.daemon.DaemonQuery.NoAnswerException;
import org.socketproxy.decide.Inspector.Shared;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.scope.MissingObject;

/**
 * Asks the daemon about objects for one exchange, and completes the verdict of a step. Denies the exchange without a usable answer.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: fails closed; without an answer of the daemon the request is not forwarded.
 */
final class Inquiry {
    private static final Logger LOG = LoggerFactory.getLogger(Inquiry.class);
    private static final String OUTSIDE = "target-outside";
    private static final ErrorReply TURN_TIMEOUT = new ErrorReply(
            503, "this request must wait for other requests of its profile, which take too long; try again later");
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int FIRST_ERROR = 400;
    private static final int FIRST_SERVER_ERROR = 500;
    /** Longer error messages of the daemon are not passed on. */
    private static final int LONGEST_ERROR_BYTES = 64 * 1024;

    private final Exchange exchange;
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();

    Inquiry(Exchange exchange) {
        this.exchange = exchange;
    }

    CompletableFuture<Verdict> verdict() {
        return verdict;
    }

    Exchange exchange() {
        return exchange;
    }

    /** Returns the rules of {@code CREATE=safe}, which the profile has. */
    CreateRules rules() {
        return Objects.requireNonNull(exchange.profile().create());
    }

    /**
     * Asks about an object that must exist.
     *
     * @param object word for the kind of object, such as {@code container}
     */
    <R, T> void ask(Inspector<R, T> questions, R by, String target, String object, Consumer<T> next) {
        ask(questions, by, target, object, next, (status, body) -> false);
    }

    /** Next step after an answer with an error. */
    @FunctionalInterface
    interface Refusal {
        /** Returns false if the daemon's error is the answer for the client. */
        boolean isHandled(int status, ByteBuffer body);
    }

    /**
     * Asks about an object.
     *
     * @param by by what the answer is read
     * @param refusal the next step without a description
     */
    <R, T> void ask(
            Inspector<R, T> questions, R by, String target, String object, Consumer<T> next, Refusal refusal) {
        CompletableFuture<Shared<T>> question = questions.ask(by, target, exchange.clientSide());
        exchange.ask(question);
        var unused = question.whenComplete((answer, failure) -> {
            try {
                if (failure != null) {
                    fail(failure, object);
                } else if (exchange.isAbandoned()) {
                    abort();
                } else if (answer.status() == OK || !refusal.isHandled(answer.status(), answer.body())) {
                    receive(answer, object, next);
                }
            } catch (RuntimeException | StackOverflowError broken) {
                LOG.error("Exchange {} is denied, because judging its {} failed", exchange.id(), object, broken);
                deny("internal-error", new ErrorReply(500, "this request could not be judged, so it is not allowed"));
            }
        });
    }

    /** Waits for earlier requests; an abort of the exchange ends the wait, and a timeout denies it. */
    void await(CompletableFuture<?> turn, Runnable next) {
        exchange.ask(turn);
        var unused = turn.whenComplete((begun, failure) -> {
            try {
                if (failure instanceof TimeoutException) {
                    deny("turn-timeout", TURN_TIMEOUT);
                } else if (failure != null || exchange.isAbandoned()) {
                    abort();
                } else {
                    next.run();
                }
            } catch (RuntimeException | StackOverflowError broken) {
                LOG.error("Exchange {} is denied, because judging it failed", exchange.id(), broken);
                deny("internal-error", new ErrorReply(500, "this request could not be judged, so it is not allowed"));
            }
        });
    }

    /** Waits for the daemon to create an object. */
    void create(CompletableFuture<Answer> creation, String object, Consumer<ByteBuffer> next) {
        exchange.ask(creation);
        var unused = creation.whenComplete((answer, failure) -> {
            try {
                if (failure != null) {
                    fail(failure, object);
                } else if (exchange.isAbandoned()) {
                    abort();
                } else if (answer.status() == CREATED) {
                    next.accept(answer.body());
                } else {
                    String problem = "the daemon answered " + answer.status() + " to the creation of a " + object;
                    deny(object + "-lookup", new ErrorReply(502, problem));
                }
            } catch (RuntimeException | StackOverflowError broken) {
                LOG.error("Exchange {} is denied, because creating its {} failed", exchange.id(), object, broken);
                deny("internal-error", new ErrorReply(500, "this request could not be judged, so it is not allowed"));
            }
        });
    }

    private <T> void receive(Shared<T> answer, String object, Consumer<T> next) {
        if (answer.status() == OK) {
            next.accept(Objects.requireNonNull(answer.value()));
        } else if (answer.status() > OK && answer.status() < FIRST_SERVER_ERROR) {
            refuseAsTheDaemon(answer.status(), answer.body(), object);
        } else {
            deny(
                    object + "-lookup",
                    new ErrorReply(502, "the daemon answered " + answer.status() + " to an inspect of the " + object));
        }
    }

    /** Sends the error of the daemon in its own words: the object does not exist, or a prefix of an id is ambiguous. */
    private void refuseAsTheDaemon(int status, ByteBuffer body, String object) {
        boolean isRelayed = status >= FIRST_ERROR && body.remaining() <= LONGEST_ERROR_BYTES;
        if (!isRelayed) {
            deny(object + "-lookup", new ErrorReply(502, "the daemon did not describe the " + object));
            return;
        }
        exchange.deny(object + "-lookup");
        verdict.complete(new Verdict.Relayed(status, "application/json", body));
    }

    private void fail(Throwable failure, String object) {
        if (failure instanceof CancellationException) {
            abort();
        } else if (failure instanceof NoAnswerException unanswered) {
            deny(object + "-lookup", unanswered.reply());
        } else {
            throw new IllegalStateException(failure);
        }
    }

    /** The client left, or the proxy stops. */
    private void abort() {
        exchange.deny("container-incomplete");
        verdict.complete(new Verdict.Aborted(new EofException("The exchange was aborted")));
    }

    /** Passes the request on with a target that names the judged object. */
    void passOn(RequestTarget target) {
        if (exchange.identify(target)) {
            verdict.complete(Verdict.PASSED);
        } else {
            abort();
        }
    }

    /** Denies what an object has beyond the rules. With {@code MASK=paths} the response names no path of the host. */
    void deny(List<Violation> violations) {
        Profile profile = exchange.profile();
        Decision denial = profile.denyEntering(violations, exchange.decision());
        exchange.deny(denial);
        boolean isMasked = profile.mask().groups().contains(MaskGroup.PATHS);
        String sentence = DenialMessage.sentence(isMasked ? denial.withoutPaths() : denial, profile.origin(), List::of);
        answer(new ErrorReply(
                403, exchange.notes().isAfterRemoval() ? DenialMessage.afterRemoval(sentence) : sentence));
    }

    /** Denies a request for an object that the client must not know of. */
    void deny(MissingObject missing) {
        exchange.deny(OUTSIDE);
        verdict.complete(new Verdict.Relayed(missing.status(), missing.contentType(), missing.body()));
    }

    void deny(String code, ErrorReply reply) {
        exchange.deny(code);
        answer(reply);
    }

    /** Answers a request that is already denied. */
    void answer(ErrorReply reply) {
        verdict.complete(new Verdict.Denied(reply));
    }
}
