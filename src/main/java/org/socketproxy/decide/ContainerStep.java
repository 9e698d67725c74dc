package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.Place;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.protect.SelfProtection;

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
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        noteCreation(trial);
        trial.startsIn(SelfStep.container(objects, trial));
        CreateRules rules = trial.profile().create();
        if (rules == null) {
            return null;
        }
        if (trial.operation().verb() == Verb.DELETE_CONTAINER && rules.isReplacingBinds()) {
            trial.onSuccess(objects.bindVolumes()::sweep);
        }
        ObjectRef entered = ObjectRefs.entered(trial.operation(), trial.target());
        if (entered != null && !isKnown(trial, rules, entered)) {
            return inquiry.judge(() -> judge(inquiry, entered));
        }
        boolean isEndWatched = rules.isRecreateAllowed() || trial.profile().mayCreateContainers();
        ObjectRef ended = entered == null && isEndWatched ? ObjectRefs.ended(trial.operation(), trial.target()) : null;
        if (ended != null) {
            AccessJudge access = new AccessJudge(inquiry, objects, self);
            return inquiry.judge(() -> new RecreateJudge(inquiry, objects, access).judge(ended));
        }
        allowRecreation(trial, rules);
        return null;
    }

    private Verdict judge(Inquiry inquiry, ObjectRef entered) throws EndOfRun {
        AccessJudge access = new AccessJudge(inquiry, objects, self);
        return entered.subject() == Subject.POD ? access.pod(entered) : access.container(entered);
    }

    /** A client that removes a container, and is then denied one of the same name, is probably an updater. */
    private void noteCreation(Trial trial) {
        if (trial.operation().verb() == Verb.CREATE_CONTAINER
                && !trial.profile().isUpdater()) {
            String name = String.join("", trial.target().parameters().getOrDefault("name", List.of()))
                    .replaceFirst("^/", "");
            trial.followsRemoval(objects.ended()
                    .hasRemoved(trial.profile().name(), trial.client().limitKey(), name));
        }
    }

    /** Gives the exchange of a create request the container that had the name. */
    private void allowRecreation(Trial trial, CreateRules rules) {
        if (rules.isRecreateAllowed() && trial.operation().id().equals("ContainerCreate")) {
            List<String> names = trial.target().parameters().getOrDefault("name", List.of());
            if (names.size() == 1) {
                trial.replaces(objects.ended()
                        .find(trial.profile().recordingScope(), names.get(0).replaceFirst("^/", "")));
            }
        }
    }

    private boolean isKnown(Trial trial, CreateRules rules, ObjectRef entered) {
        return entered.subject() == Subject.CONTAINER
                && entered.place() instanceof Place.Path
                && entered.isFullId()
                && !trial.operation().is(Trait.STARTS_DEPENDENCIES)
                && objects.judged().isAllowed(rules, entered.name());
    }
}
