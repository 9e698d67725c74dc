package org.socketproxy.filter;

import jakarta.servlet.AsyncContext;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.daemon.DaemonQuery.NoAnswerException;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;
import org.socketproxy.policy.create.RecordedContainer;

/**
 * Inspects a container, judges it, and dispatches the request again if it is allowed.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: fails closed; without an answer of the daemon the request is not forwarded.
 */
final class ContainerLookup {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLookup.class);
    private static final int OK = 200;
    private static final int FIRST_SERVER_ERROR = 500;
    /** Longer error messages of the daemon are not passed on. */
    private static final int LONGEST_ERROR_BYTES = 64 * 1024;
    /** Containers with a longer description are not recorded, and so cannot be created again. */
    private static final int LONGEST_RECORD_BYTES = 64 * 1024;

    private final Exchange exchange;
    private final CreateRules rules;
    private final EnteredContainer container;
    private final DaemonQuery daemon;
    private final JudgedContainers judged;
    private final ContainerRecords records;
    private final AsyncContext async;

    ContainerLookup(
            Exchange exchange,
            CreateRules rules,
            EnteredContainer container,
            DaemonQuery daemon,
            JudgedContainers judged,
            ContainerRecords records,
            AsyncContext async) {
        this.exchange = exchange;
        this.rules = rules;
        this.container = container;
        this.daemon = daemon;
        this.judged = judged;
        this.records = records;
        this.async = async;
    }

    /** @param exchanges contains the exchange until its end */
    void begin(ActiveExchanges exchanges) {
        async.setTimeout(0);
        exchanges.begin(exchange);
        Request.addCompletionListener(exchange.clientSide().request(), failure -> {
            if (!exchange.isTunnel()) {
                exchanges.end(exchange);
            }
        });
        if (!container.isUsable()) {
            denyName();
        } else if (container.place() == EnteredContainer.Place.EXEC) {
            ask("/exec/" + container.name() + "/json", this::judgeExec);
        } else {
            ask("/containers/" + container.name() + "/json", this::judgeContainer);
        }
    }

    private void ask(String target, Consumer<ByteBuffer> judge) {
        CompletableFuture<Answer> question = daemon.get(target, exchange.clientSide());
        exchange.ask(question);
        var unused = question.whenComplete((answer, failure) -> {
            try {
                if (failure == null) {
                    receive(answer, judge);
                } else {
                    fail(failure);
                }
            } catch (RuntimeException broken) {
                LOG.error("Exchange {} is denied, because judging its container failed", exchange.id(), broken);
                deny("internal-error", new ErrorReply(500, "this request could not be judged, so it is not allowed"));
            }
        });
    }

    private void receive(Answer answer, Consumer<ByteBuffer> judge) {
        if (exchange.isAbandoned()) {
            abort();
        } else if (answer.status() == OK) {
            judge.accept(answer.body());
        } else if (answer.status() > OK && answer.status() < FIRST_SERVER_ERROR) {
            refuseAsTheDaemon(answer);
        } else {
            deny(
                    "container-lookup",
                    new ErrorReply(502, "the daemon answered " + answer.status() + " to an inspect of the container"));
        }
    }

    /** Sends the error of the daemon in its own words: the container does not exist, or a prefix of an id is ambiguous. */
    private void refuseAsTheDaemon(Answer answer) {
        boolean isRelayed = answer.status() >= 400 && answer.body().remaining() <= LONGEST_ERROR_BYTES;
        if (!isRelayed) {
            deny("container-lookup", new ErrorReply(502, "the daemon did not describe the container"));
            return;
        }
        exchange.deny("container-lookup");
        ErrorReply.relay(
                exchange.clientSide(),
                answer.status(),
                answer.body(),
                exchange.clientSide().drainThenComplete(exchange.unreadBody()));
    }

    private void fail(Throwable failure) {
        if (failure instanceof CancellationException) {
            abort();
        } else if (failure instanceof NoAnswerException unanswered) {
            deny("container-lookup", unanswered.reply());
        } else {
            throw new IllegalStateException(failure);
        }
    }

    /** The client left, or the proxy stops. */
    private void abort() {
        exchange.deny("container-incomplete");
        exchange.clientSide().abort(new EofException("The exchange was aborted"));
        exchange.clientSide().complete();
    }

    private void judgeExec(ByteBuffer inspect) {
        ContainerVerdict exec = rules.judgeExec(inspect);
        if (isDenied(exec)) {
            return;
        }
        if (judged.isAllowed(rules, exec.id())) {
            passOn(exchange.target());
        } else {
            ask("/containers/" + exec.id() + "/json", this::judgeContainer);
        }
    }

    private void judgeContainer(ByteBuffer inspect) {
        ContainerVerdict verdict = rules.judgeContainer(inspect);
        if (isRecreated(inspect, verdict)) {
            passOn(byId(verdict));
            return;
        }
        if (isDenied(verdict)) {
            return;
        }
        RequestTarget target = container.withId(exchange.target(), verdict.id());
        if (target == null) {
            denyName();
            return;
        }
        judged.allow(rules, verdict.id());
        passOn(target);
    }

    private RequestTarget byId(ContainerVerdict verdict) {
        RequestTarget target = verdict.id().isEmpty() ? null : container.withId(exchange.target(), verdict.id());
        return target == null ? exchange.target() : target;
    }

    /**
     * Records a container that a client stops, renames or removes. Returns true for such a request, which is always allowed,
     * and for the start of a container that has the rights of the recorded one.
     */
    private boolean isRecreated(ByteBuffer inspect, ContainerVerdict verdict) {
        boolean isEnding = EnteredContainer.ending(exchange.operation(), exchange.target()) != null;
        boolean isStart = exchange.operation().id().equals("ContainerStart");
        if (!rules.isRecreateAllowed() || verdict.id().isEmpty() || !isEnding && !isStart) {
            return isEnding;
        }
        RecordedContainer described =
                inspect.remaining() > LONGEST_RECORD_BYTES ? null : RecordedContainer.read(inspect);
        if (described == null) {
            return isEnding;
        }
        if (isEnding) {
            if (!verdict.violations().isEmpty()) {
                records.add(rules, described);
            }
            return true;
        }
        RecordedContainer before = records.find(rules, described.name());
        if (before == null || !described.hasRightsOf(before)) {
            return false;
        }
        if (!verdict.violations().isEmpty()) {
            exchange.notes().recreates();
        }
        return true;
    }

    private void passOn(RequestTarget target) {
        if (exchange.identify(target)) {
            async.dispatch();
        } else {
            abort();
        }
    }

    private boolean isDenied(ContainerVerdict verdict) {
        @Nullable Decision denial = exchange.profile().denyEntering(verdict, exchange.decision());
        if (denial == null) {
            return false;
        }
        exchange.deny(denial);
        answer(new ErrorReply(403, DenialMessage.sentence(denial, List::of)));
        return true;
    }

    private void denyName() {
        deny("container-name", new ErrorReply(400, "the request must name one container by its name or id"));
    }

    private void deny(String code, ErrorReply reply) {
        exchange.deny(code);
        answer(reply);
    }

    private void answer(ErrorReply reply) {
        reply.answer(exchange.clientSide(), exchange.clientSide().drainThenComplete(exchange.unreadBody()));
    }
}
