package org.socketproxy.policy.scope;

import org.socketproxy.policy.scope.Confinement.Subject;

/** Resolves the names of objects in a body. */
@FunctionalInterface
interface ObjectNames {
    /**
     * Returns the full id of the object, or its name for a volume or an image.
     *
     * @param name name, id or start of an id
     */
    String resolve(Subject subject, String name);
}
