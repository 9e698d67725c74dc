package org.socketproxy.filter;

import jakarta.servlet.AsyncContext;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.forward.DaemonLookup;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;

/**
 * Inspects a container, judges it, and dispatches the request again if it is allowed.
 *
 * <p>Threading: never blocks; runs on the threads of the HTTP client.
 *
 * <p>Security: fails closed; without an answer of the daemon the request is not forwarded.
 */
final class ContainerLookup {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLookup.class);
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;

    private final Exchange exchange;
    private final CreateRules rules;
    private final EnteredContainer container;
    private final DaemonLookup daemon;
    private final JudgedContainers judged;
    private final AsyncContext async;

    ContainerLookup(
            Exchange exchange,
            CreateRules rules,
            EnteredContainer container,
            DaemonLookup daemon,
            JudgedContainers judged,
            AsyncContext async) {
        this.exchange = exchange;
        this.rules = rules;
        this.container = container;
        this.daemon = daemon;
        this.judged = judged;
        this.async = async;
    }

    void begin() {
        async.setTimeout(0);
        if (!container.isUsable()) {
            deny("container-name", new ErrorReply(400, "the request must name one container by its name or id"));
        } else if (container.place() == EnteredContainer.Place.EXEC) {
            ask("/exec/" + container.name() + "/json", this::judgeExec);
        } else {
            ask("/containers/" + container.name() + "/json", this::judgeContainer);
        }
    }

    private void ask(String target, Consumer<DaemonLookup.Answer> judge) {
        daemon.get(exchange.clientSide(), target, answer -> {
            try {
                ErrorReply failure = answer.failure();
                if (failure != null) {
                    deny("container-lookup", failure);
                } else if (answer.status() == OK) {
                    judge.accept(answer);
                } else {
                    deny("container-lookup", unknown(answer.status()));
                }
            } catch (RuntimeException broken) {
                LOG.error("Exchange {} is denied, because judging its container failed", exchange.id(), broken);
                deny("internal-error", new ErrorReply(500, "this request could not be judged, so it is not allowed"));
            }
        });
    }

    private static ErrorReply unknown(int status) {
        return status == NOT_FOUND
                ? new ErrorReply(NOT_FOUND, "No such container or exec")
                : new ErrorReply(502, "the daemon answered " + status + " to an inspect of the container");
    }

    private void judgeExec(DaemonLookup.Answer answer) {
        ContainerVerdict exec = rules.judgeExec(answer.body());
        if (isDenied(exec)) {
            return;
        }
        if (judged.isAllowed(rules, exec.id())) {
            async.dispatch();
        } else {
            ask("/containers/" + exec.id() + "/json", this::judgeContainer);
        }
    }

    private void judgeContainer(DaemonLookup.Answer answer) {
        ContainerVerdict verdict = rules.judgeContainer(answer.body());
        if (isDenied(verdict)) {
            return;
        }
        RequestTarget target = container.withId(exchange.target(), verdict.id());
        if (target == null) {
            deny("container-name", new ErrorReply(400, "the request must name one container by its name or id"));
            return;
        }
        judged.allow(rules, verdict.id());
        exchange.identify(target);
        async.dispatch();
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

    private void deny(String code, ErrorReply reply) {
        exchange.deny(code);
        answer(reply);
    }

    private void answer(ErrorReply reply) {
        reply.answer(exchange.clientSide(), exchange.clientSide().drainThenComplete(exchange.unreadBody()));
    }
}
