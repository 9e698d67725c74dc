package org.socketproxy.policy.scope;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Restricts a prune to the objects of a profile, by their labels. The daemon removes what it selects, so that a prune cannot
 * be restricted by names.
 */
final class PruneConfinement {
    private PruneConfinement() {}

    static ConfinedRequest confine(Scope rules, Operation operation, RequestTarget target)
            throws BadTargetException, UnconfinableException {
        ListFilters filters = ListFilters.of(target);
        FilterNames.check(operation, filters);
        ObjectKind kind = Confinement.of(operation).subject().kind();
        @Nullable ScopeSelector selector = rules.selector(kind);
        if (selector == null || !selector.isByLabelsOnly()) {
            throw new UnconfinableException("the daemon selects what it removes by labels, and the profile selects "
                    + (selector == null ? "no " : "other ") + kind.word());
        }
        // Podman removes an image with any of several labels.
        if (kind == ObjectKind.IMAGE && selector.labels().size() > 1) {
            throw new UnconfinableException("a daemon could remove images with only one of the labels of the profile");
        }
        for (Map.Entry<String, String> label : new TreeMap<>(selector.labels()).entrySet()) {
            filters = filters.with("label", label.getKey() + "=" + label.getValue());
        }
        return new ConfinedRequest(filters.in(target), null);
    }
}
