package org.socketproxy.policy.scope;

import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/** Checks the filters of a request for events; the proxy judges each event. */
final class EventConfinement {
    private EventConfinement() {}

    /** The view has no events, until the own objects are known. */
    static ConfinedRequest confine(Scope rules, Operation operation, RequestTarget target)
            throws BadTargetException, UnconfinableException {
        ListFilters filters = ListFilters.of(target);
        FilterNames.check(operation, filters);
        return new ConfinedRequest(filters.in(target), () -> new ScopedEvents(rules, new ObjectIndex()).elements());
    }
}
