package org.socketproxy.policy.scope;

import org.socketproxy.dockerapi.Operation;

/**
 * Names of the members of a body that creates or connects objects, in which the APIs differ.
 *
 * @param name of the name of a new object
 * @param labels of the labels of a new object
 * @param container of the container that is connected or disconnected
 */
record BodyMembers(String name, String labels, String container) {
    private static final BodyMembers CAPITALIZED = new BodyMembers("Name", "Labels", "Container");
    private static final BodyMembers LOWER_CASE = new BodyMembers("name", "labels", "container");

    static BodyMembers of(Operation operation) {
        return switch (operation.id()) {
            case "ContainerCreateLibpod", "PodCreateLibpod", "NetworkCreateLibpod", "NetworkConnectLibpod" ->
                LOWER_CASE;
            default -> CAPITALIZED;
        };
    }
}
