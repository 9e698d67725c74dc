package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.ObjectRefs;

/**
 * With {@code BINDS=own}, asks the daemon what the container of the client mounts, before a container is created or entered.
 *
 * <p>Security: the container is the one of the client's address; a client without one has no paths of its own.
 */
final class OwnMountsStep implements Step {
    private final DaemonObjects objects;

    OwnMountsStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        boolean isConcerned = CreateRules.isCreatingContainers(trial.operation())
                || ObjectRefs.entered(trial.operation(), trial.target()) != null;
        String container = isConcerned ? objects.containerOf(trial.client()) : "";
        if (!ObjectIds.isFull(container)) {
            return null;
        }
        return inquiry.judge(() -> {
            trial.has(inquiry.inspect("/containers/" + container + "/json", "container", Inspection::ownMounts));
            return inquiry.passed(trial.target());
        });
    }
}
