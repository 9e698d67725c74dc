package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;
import org.socketproxy.policy.create.EnteredPod;

/**
 * With {@code CREATE=safe}, asks the daemon about the container that a request enters, or about all containers of the pod that it
 * starts, and denies the request if one of them has more than the rules allow. Then the request goes on with the full id.
 *
 * <p>The filter does not wait for the daemon: {@link ContainerLookup} dispatches the request again.
 */
public final class ContainerStep extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient ActiveExchanges exchanges;
    private final transient DaemonObjects objects;
    private final transient SelfProtection self;

    /**
     * Creates the filter.
     *
     * @param exchanges contains an exchange while the daemon is asked about its container
     * @param self knows the proxy's own container, in which no exec is started
     */
    public ContainerStep(DaemonObjects objects, ActiveExchanges exchanges, SelfProtection self) {
        this.exchanges = exchanges;
        this.self = self;
        this.objects = objects;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        noteRemoval(exchange);
        CreateRules rules =
                exchange.notes().isEnteringJudged() ? null : exchange.profile().create();
        exchange.notes().judgeEntering();
        EnteredPod pod = rules == null ? null : EnteredPod.of(exchange.operation(), exchange.target());
        if (pod != null) {
            ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
            question.begin(exchanges);
            askAbout(pod, question);
            return;
        }
        EnteredContainer container = rules == null ? null : lookedUpFor(exchange, rules);
        boolean startsOthers = EnteredContainer.startsDependencies(exchange.operation());
        boolean isEntered = EnteredContainer.of(exchange.operation(), exchange.target()) != null;
        if (rules == null || container == null || isEntered && !startsOthers && isKnown(rules, container)) {
            allowRecreation(exchange, rules);
            exchange.notes().startsIn(SelfLookup.container(objects, exchange));
            chain.doFilter(request, response);
            return;
        }
        ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
        question.begin(exchanges);
        new ContainerLookup(question, container, objects, self).ask();
    }

    /** A client that removes a container and is then denied a create is probably an updater. */
    private void noteRemoval(Exchange exchange) {
        if (exchange.profile().isUpdater()) {
            return;
        }
        String profile = exchange.profile().name();
        String client = exchange.client().limitKey();
        switch (exchange.operation().id()) {
            case "ContainerDelete" ->
                exchange.notes().onSuccess(() -> objects.recentRemovals().add(profile, client));
            case "ContainerCreate" ->
                exchange.notes().followsRemoval(objects.recentRemovals().has(profile, client));
            default -> {}
        }
    }

    private void askAbout(EnteredPod pod, ObjectQuestion question) {
        new PodLookup(question, objects, self, PodLookup.Scope.ALL, (judged, violations) -> {
                    if (violations.isEmpty()) {
                        question.passOn(pod.withId(question.exchange().target(), judged.id()));
                    } else {
                        question.deny(violations);
                    }
                })
                .ask(pod.name());
    }

    private static @Nullable EnteredContainer lookedUpFor(Exchange exchange, CreateRules rules) {
        EnteredContainer entered = EnteredContainer.of(exchange.operation(), exchange.target());
        return entered == null
                        && (rules.isRecreateAllowed() || exchange.profile().mayCreateContainers())
                ? EnteredContainer.ending(exchange.operation(), exchange.target())
                : entered;
    }

    /** Gives the exchange of a create request the container that had the name. */
    private void allowRecreation(Exchange exchange, @Nullable CreateRules rules) {
        if (rules != null
                && rules.isRecreateAllowed()
                && exchange.operation().id().equals("ContainerCreate")) {
            List<String> names = exchange.target().parameters().getOrDefault("name", List.of());
            if (names.size() == 1) {
                exchange.notes()
                        .replaces(objects.records()
                                .find(
                                        exchange.profile().recordingScope(),
                                        names.get(0).replaceFirst("^/", "")));
            }
        }
    }

    private boolean isKnown(CreateRules rules, EnteredContainer container) {
        return container.place() == EnteredContainer.Place.PATH
                && container.isFullId()
                && objects.judged().isAllowed(rules, container.name());
    }
}
