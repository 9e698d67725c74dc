package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;
import org.socketproxy.policy.create.EnteredPod;

/**
 * With {@code CREATE=safe}, asks the daemon about the container that a request enters, or about all containers of the pod that it
 * starts, and denies the request if one of them has more than the rules allow. Then the request goes on with the full id.
 */
final class ContainerStep implements Step {

    private final DaemonObjects objects;
    private final SelfProtection self;

    /** @param self knows the proxy's own container, in which no exec is started */
    ContainerStep(DaemonObjects objects, SelfProtection self) {
        this.self = self;
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        noteRemoval(exchange);
        exchange.notes().startsIn(SelfLookup.container(objects, exchange));
        CreateRules rules = exchange.profile().create();
        if (rules == null) {
            return null;
        }
        EnteredPod pod = EnteredPod.of(exchange.operation(), exchange.target());
        if (pod != null) {
            return question.judge(() -> new AccessJudge(question, objects, self).pod(pod));
        }
        EnteredContainer container = lookedUpFor(exchange, rules);
        boolean startsOthers = EnteredContainer.startsDependencies(exchange.operation());
        boolean isEntered = EnteredContainer.of(exchange.operation(), exchange.target()) != null;
        if (container == null || isEntered && !startsOthers && isKnown(rules, container)) {
            allowRecreation(exchange, rules);
            return null;
        }
        AccessJudge access = new AccessJudge(question, objects, self);
        return question.judge(
                isEntered
                        ? () -> access.container(container)
                        : () -> new RecreateJudge(question, objects, access).judge(container));
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

    private static @Nullable EnteredContainer lookedUpFor(Exchange exchange, CreateRules rules) {
        EnteredContainer entered = EnteredContainer.of(exchange.operation(), exchange.target());
        return entered == null
                        && (rules.isRecreateAllowed() || exchange.profile().mayCreateContainers())
                ? EnteredContainer.ending(exchange.operation(), exchange.target())
                : entered;
    }

    /** Gives the exchange of a create request the container that had the name. */
    private void allowRecreation(Exchange exchange, CreateRules rules) {
        if (rules.isRecreateAllowed() && exchange.operation().id().equals("ContainerCreate")) {
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
