package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Denies a request that acts on the container in which the proxy runs, or on a client of another profile, or on what such a
 * container uses. {@link SelfProtection} knows the containers.
 *
 * <p>Security: fails closed; a request that could act on a container which the daemon has not described gets 503.
 *
 * <p>Threading: never blocks. It asks the daemon before a request that could act on clients of other profiles, and for a name that
 * is also the beginning of the own id.
 */
final class SelfStep implements Step {
    static final String UNKNOWN = "self-unknown";
    static final String OWN_UNKNOWN =
            "the daemon has not described the container of this proxy yet, so this request could act on it:"
                    + " try again, or set PROTECT_SELF=0";
    private static final String CLIENTS_UNKNOWN =
            "the daemon does not describe its networks and containers, so this request could act on clients of other"
                    + " profiles: try again";

    private static final Logger LOG = LoggerFactory.getLogger(SelfStep.class);

    private final SelfProtection self;
    private final DaemonObjects objects;

    SelfStep(SelfProtection self, DaemonObjects objects) {
        this.self = self;
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        if (!self.protects(exchange.profile())) {
            return null;
        }
        List<SelfRule> rules = SelfProtection.rules(exchange.profile(), exchange.operation());
        if (!self.clients().concerns(exchange, rules)) {
            return question.run(() -> decide(question, rules, true));
        }
        CompletableFuture<Boolean> look = self.clients().look(exchange, rules);
        return question.run(() -> question.await(look, () -> decide(question, rules, look.join())));
    }

    /** @param isKnown whether the daemon has described its networks and containers */
    private void decide(Inquiry question, List<SelfRule> rules, boolean isKnown) {
        Exchange exchange = question.exchange();
        ErrorReply denial = isKnown ? judge(exchange) : denyUnknown(exchange, CLIENTS_UNKNOWN);
        if (denial != null) {
            question.answer(denial);
        } else if (isLookedUp(exchange)) {
            new SelfLookup(question, self, objects).ask();
        } else {
            question.passOn(byId(rules, exchange));
        }
    }

    /** Puts the full id in place of a name that is also the beginning of the id of a client: the name could move. */
    private RequestTarget byId(List<SelfRule> rules, Exchange exchange) {
        for (ProtectedSubject subject : self.subjects(exchange.profile())) {
            for (SelfRule rule : rules) {
                String name = doubtfulName(rule, subject, exchange);
                String id = name == null ? null : self.clients().exactId(name);
                RequestTarget target = name == null || id == null
                        ? null
                        : rule.withId(exchange.operation(), exchange.target(), name, id);
                if (target != null) {
                    return target;
                }
            }
        }
        return exchange.target();
    }

    /** Returns a name that means another container than one of the subject, although an id of the subject begins with it. */
    private @Nullable String doubtfulName(SelfRule rule, ProtectedSubject subject, Exchange exchange) {
        for (ProxyContainer container : subject.containers()) {
            String name = rule.doubtfulName(container, exchange.operation(), exchange.target());
            String id = name == null || subject.owner() == null
                    ? null
                    : self.clients().exactId(name);
            if (id != null && self.subject(exchange.profile(), id) == null) {
                return name;
            }
        }
        return null;
    }

    /** Returns true if only the daemon knows the container that the request means. */
    private boolean isLookedUp(Exchange exchange) {
        ProxyContainer own = self.container();
        return SelfLookup.isOfPod(exchange) || own != null && isDoubtful(own, exchange);
    }

    private boolean isDoubtful(ProxyContainer own, Exchange exchange) {
        // With CREATE=safe the container filter asks for the container of an exec.
        boolean isAsked = exchange.profile().create() != null || SelfLookup.container(objects, exchange) != null;
        return SelfProtection.rules(exchange.profile(), exchange.operation()).stream()
                .anyMatch(rule -> rule.object() == SelfRule.Kind.EXEC ? !isAsked : isDoubtful(rule, own, exchange));
    }

    private static boolean isDoubtful(SelfRule rule, ProxyContainer own, Exchange exchange) {
        return rule.doubtfulName(own, exchange.operation(), exchange.target()) != null;
    }

    private @Nullable ErrorReply judge(Exchange exchange) {
        try {
            List<SelfRule> rules = SelfProtection.rules(exchange.profile(), exchange.operation());
            self.refreshIfDue();
            for (ProtectedSubject subject : self.subjects(exchange.profile())) {
                if (isBroken(rules, subject, exchange)) {
                    return deny(exchange, subject);
                }
            }
            return self.isUnknown(exchange.profile()) ? denyUnknown(exchange, OWN_UNKNOWN) : null;
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because the protection of the proxy failed", exchange.id(), broken);
            exchange.deny("internal-error");
            return new ErrorReply(500, "the proxy failed to decide, so this request is not allowed; see the log");
        }
    }

    private boolean isBroken(List<SelfRule> rules, ProtectedSubject subject, Exchange exchange) {
        boolean isUpdater = exchange.profile().isUpdater();
        String entered = SelfLookup.container(objects, exchange);
        return entered != null && subject.hasContainer(entered)
                || rules.stream()
                        .anyMatch(rule -> rule.isBroken(subject, exchange.operation(), exchange.target(), isUpdater)
                                && !isDoubtful(rule, subject, exchange)
                                && !isRecreated(rule, subject, exchange));
    }

    private boolean isDoubtful(SelfRule rule, ProtectedSubject subject, Exchange exchange) {
        return subject.owner() == null
                ? !self.isUnknown() && isDoubtful(rule, subject.containers().get(0), exchange)
                : doubtfulName(rule, subject, exchange) != null;
    }

    /** An updater gives the name of the proxy's container to the one that replaces it. */
    private boolean isRecreated(SelfRule rule, ProtectedSubject subject, Exchange exchange) {
        if (rule.object() != SelfRule.Kind.CONTAINER_NAME
                || subject.owner() != null
                || !exchange.profile().isUpdater()) {
            return false;
        }
        Object scope = exchange.profile().recordingScope();
        return rule.names(exchange.operation(), exchange.target()).stream()
                .map(name -> objects.records().find(scope, name.replaceFirst("^/", "")))
                .anyMatch(recorded -> recorded != null && subject.hasContainer(recorded.id()));
    }

    /** Denies an exchange that could act on a container which the daemon has not described yet. */
    static ErrorReply denyUnknown(Exchange exchange, String sentence) {
        exchange.deny(UNKNOWN);
        return new ErrorReply(503, sentence);
    }

    /** Denies an exchange that acts on a protected container. */
    static ErrorReply deny(Exchange exchange, ProtectedSubject subject) {
        Decision denial = Decision.selfProtected(
                subject.owner(), exchange.operation(), exchange.decision().isWrite());
        exchange.deny(denial);
        return new ErrorReply(
                403, DenialMessage.sentence(denial, exchange.profile().origin(), List::of));
    }
}
