package org.socketproxy.policy;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;

/**
 * Stage 3 of a decision: the judge of the body for each operation whose body is judged. Today these are the operations
 * that take no body.
 *
 * <p>Threading: immutable.
 */
public final class BodyRules {
    private final Map<String, BodyJudge> judges;

    private BodyRules(Map<String, BodyJudge> judges) {
        this.judges = Map.copyOf(judges);
    }

    /**
     * One judge for each operation.
     *
     * @param judges by the id of the operation
     */
    public static BodyRules of(Map<String, BodyJudge> judges) {
        return new BodyRules(judges);
    }

    /** The rules of the program: one judge for each parameter rule on a body. */
    public static BodyRules load() {
        Map<String, BodyJudge> judges = new HashMap<>();
        for (ParameterRule rule : ParameterRules.load().rules()) {
            if (rule.part() == ParameterRule.Part.BODY) {
                judges.put(rule.operation(), new NoBody(rule));
            }
        }
        return of(judges);
    }

    /** The judge of the body for an operation, or null if its body is not judged. */
    public @Nullable BodyJudge judge(Operation operation) {
        return judges.get(operation.id());
    }

    /** Denies a body of any length. The header check denies a {@code Content-Length} other than 0 before. */
    private record NoBody(ParameterRule rule) implements BodyJudge {
        @Override
        public int maxBytes() {
            return 0;
        }

        @Override
        public @Nullable Decision deny(Decision allowed, ByteBuffer body) {
            return body.hasRemaining() ? denyTooLong(allowed) : null;
        }

        @Override
        public Decision denyTooLong(Decision allowed) {
            return Decision.violating(rule, Objects.requireNonNull(allowed.operation()), allowed.isWrite());
        }
    }
}
