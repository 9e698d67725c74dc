package org.socketproxy.client;

import java.util.Map;
import java.util.Set;

/**
 * Labels that containers have, and their images do not have: a container inherits the labels of its image.
 *
 * @param keys keys of the labels that are known
 * @param byContainer labels by the id of the container; without a container whose labels are not known
 */
public record OwnLabels(Set<String> keys, Map<String, Map<String, String>> byContainer) {
    public static final OwnLabels NONE = new OwnLabels(Set.of(), Map.of());

    public OwnLabels {
        keys = Set.copyOf(keys);
        byContainer = Map.copyOf(byContainer);
    }

    /** Returns true if the values of these keys are known for a container; an empty id stands for no container. */
    boolean has(String container, Set<String> wanted) {
        return wanted.isEmpty()
                || container.isEmpty()
                || keys.containsAll(wanted) && byContainer.containsKey(container);
    }
}
