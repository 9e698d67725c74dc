package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;

/**
 * Facts from one inspect of a container that a confined client enters: whose it is, and what it has beyond the rules.
 *
 * @param object empty if the description cannot be read
 */
record OwnedContainer(Optional<InspectedObject> object, ContainerVerdict verdict) {
    static OwnedContainer read(CreateRules rules, ByteBuffer inspect) {
        return new OwnedContainer(
                InspectedObject.read(Subject.CONTAINER, inspect.duplicate()), rules.judgeContainer(inspect));
    }

    /** Returns true if the client may enter the container without further questions. */
    boolean isEnterable() {
        return verdict.violations().isEmpty() && verdict.volumes().isEmpty();
    }
}
