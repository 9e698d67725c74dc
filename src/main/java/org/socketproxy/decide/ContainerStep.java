package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.Inquiry.EndOfRun;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.Place;

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
        noteCreation(exchange);
        exchange.notes().startsIn(SelfStep.container(objects, exchange));
        CreateRules rules = exchange.profile().create();
        if (rules == null) {
            return null;
        }
        if (exchange.operation().verb() == Verb.DELETE_CONTAINER
                && !rules.protectedBinds().isEmpty()) {
            exchange.notes().onSuccess(objects.bindVolumes()::sweep);
        }
        ObjectRef entered = ObjectRefs.entered(exchange.operation(), exchange.target());
        if (entered != null && !isKnown(exchange, rules, entered)) {
            return question.judge(() -> judge(question, entered));
        }
        boolean isEndWatched = rules.isRecreateAllowed() || exchange.profile().mayCreateContainers();
        ObjectRef ended =
                entered == null && isEndWatched ? ObjectRefs.ended(exchange.operation(), exchange.target()) : null;
        if (ended != null) {
            AccessJudge access = new AccessJudge(question, objects, self);
            return question.judge(() -> new RecreateJudge(question, objects, access).judge(ended));
        }
        allowRecreation(exchange, rules);
        return null;
    }

    private Verdict judge(Inquiry question, ObjectRef entered) throws EndOfRun {
        AccessJudge access = new AccessJudge(question, objects, self);
        return entered.subject() == Subject.POD ? access.pod(entered) : access.container(entered);
    }

    /** A client that removes a container, and is then denied one of the same name, is probably an updater. */
    private void noteCreation(Exchange exchange) {
        if (exchange.operation().verb() == Verb.CREATE_CONTAINER
                && !exchange.profile().isUpdater()) {
            String name = String.join("", exchange.target().parameters().getOrDefault("name", List.of()))
                    .replaceFirst("^/", "");
            exchange.notes()
                    .followsRemoval(objects.hasRemoved(
                            exchange.profile().name(), exchange.client().limitKey(), name));
        }
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

    private boolean isKnown(Exchange exchange, CreateRules rules, ObjectRef entered) {
        return entered.subject() == Subject.CONTAINER
                && entered.place() instanceof Place.Path
                && entered.isFullId()
                && !exchange.operation().is(Trait.STARTS_DEPENDENCIES)
                && objects.judged().isAllowed(rules, entered.name());
    }
}
