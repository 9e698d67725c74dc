package org.socketproxy.policy;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;

/**
 * Stage 3 of a decision: the judge of the body for each operation whose body is judged. An operation that takes no body has
 * a {@link ParameterRule}, which denies the request by its head.
 *
 * <p>Threading: immutable.
 */
public final class BodyRules {
    private final Map<String, BodyJudge> judges;

    private BodyRules(Map<String, BodyJudge> judges) {
        this.judges = Map.copyOf(judges);
    }

    /** The rules of the program, which judge no body yet. */
    public static BodyRules none() {
        return of(Map.of());
    }

    /**
     * One judge for each operation.
     *
     * @param judges by the id of the operation
     */
    public static BodyRules of(Map<String, BodyJudge> judges) {
        return new BodyRules(judges);
    }

    /** The judge of the body for an operation, or null if its body is not judged. */
    public @Nullable BodyJudge judge(Operation operation) {
        return judges.get(operation.id());
    }
}
