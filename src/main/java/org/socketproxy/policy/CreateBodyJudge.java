package org.socketproxy.policy;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation;

/** Judges the bodies of all operations that {@code CREATE=safe} concerns. */
record CreateBodyJudge(CreateRules rules) implements BodyJudge {
    @Override
    public int maxBytes() {
        return rules.maxBodyBytes();
    }

    @Override
    public @Nullable Decision deny(Decision allowed, JsonBody body) {
        Operation operation = Objects.requireNonNull(allowed.operation());
        List<Violation> violations = rules.judgeBody(operation, body);
        return violations.isEmpty() ? null : Decision.exceeding(violations, operation, allowed.isWrite());
    }
}
