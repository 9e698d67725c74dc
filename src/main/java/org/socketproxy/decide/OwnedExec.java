package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;

/**
 * Facts from one inspect of an exec that a confined client starts: its container, and what it has beyond the rules.
 *
 * @param object empty if the description cannot be read
 */
record OwnedExec(Optional<InspectedObject> object, ContainerVerdict verdict) {
    static OwnedExec read(CreateRules rules, ByteBuffer inspect) {
        return new OwnedExec(InspectedObject.read(Subject.EXEC, inspect.duplicate()), rules.judgeExec(inspect));
    }
}
