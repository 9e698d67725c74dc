package org.socketproxy.policy.scope;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.RequestTarget;

/** An object that the query of a request names: in a filter of a list, or in a parameter that can be repeated. */
public interface QueryReference {
    /** Returns the named object. */
    Reference reference();

    /** Returns true if the description is that of the named object, and the request may have it. */
    boolean isOwn(Scope scope, InspectedObject object);

    /** Returns the target with the id of the object in place of its name. */
    RequestTarget resolved(RequestTarget target, InspectedObject object);

    /** Returns the target without the object, or null if the request cannot go on without it. */
    @Nullable
    RequestTarget removed(RequestTarget target);

    /** Returns the daemon's response if the object does not exist. */
    MissingObject missing();
}
