package org.socketproxy.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;
import org.socketproxy.policy.create.EnteredPod;
import org.socketproxy.policy.create.Violation.Kind;

/** Says what the running proxy would also ask the daemon, or remember, before it decides. {@code explain} does neither. */
final class DaemonNote {
    private static final String RECREATE = "CREATE_ALLOW=recreate";

    private DaemonNote() {}

    /**
     * Returns the note on a decision, or null if the decision depends only on the request.
     *
     * @param rules the rules of {@code CREATE=safe}, or null without them
     */
    static @Nullable String of(@Nullable CreateRules rules, Decision decision, RequestTarget target) {
        Operation operation = decision.operation();
        if (rules == null || operation == null) {
            return null;
        }
        if (operation.id().equals("ContainerCreate") && isWaivable(rules, decision, target)) {
            return RECREATE
                    + " would allow it if a client has stopped, renamed or removed a container of this name in the"
                    + " last hour, with the same HostConfig and the same command, environment, labels and user;"
                    + " explain does not know these containers";
        }
        if (!decision.isAllowed()) {
            return null;
        }
        if (EnteredContainer.of(operation, target) != null) {
            boolean isStart = operation.id().equals("ContainerStart") && rules.isRecreateAllowed();
            return "CREATE=safe judges the container too, by the daemon's inspect, which explain does not ask for"
                    + (isStart ? "; " + RECREATE + " also allows the start of a container that was created again" : "");
        }
        if (EnteredPod.of(operation, target) != null) {
            return "CREATE=safe judges the pod and all its containers too, by the daemon's inspect, which explain does not ask"
                    + " for";
        }
        return rules.isRecreateAllowed() && EnteredContainer.ending(operation, target) != null
                ? "with " + RECREATE + " the proxy remembers the container for one hour"
                : null;
    }

    /** The same conditions as for a request: only values of known fields are waived, and the name is given once. */
    private static boolean isWaivable(CreateRules rules, Decision decision, RequestTarget target) {
        return rules.isRecreateAllowed()
                && target.parameters().getOrDefault("name", List.of()).size() == 1
                && !decision.violations().isEmpty()
                && decision.violations().stream().allMatch(violation -> violation.kind() == Kind.FIELD);
    }
}
