package org.socketproxy.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.mask.RecreatingOperations;

/**
 * Stage 3 of a decision: the judge of the body for each operation whose body is judged. An operation that takes no body has
 * a {@link ParameterRule}, which denies the request by its head.
 *
 * <p>Threading: immutable.
 */
public final class BodyRules {
    private final Map<String, BodyJudge> judges;

    /**
     * Denies a body that contains the marker of a masked value; otherwise another judge decides.
     *
     * @param maxBytes limit of a body in bytes
     * @param next the other judge of the operation, or null
     */
    record MaskedValueJudge(int maxBytes, @Nullable BodyJudge next) implements BodyJudge {
        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            if (Marker.isIn(body.bytes())) {
                return Decision.denied(Reason.MASKED_VALUE, allowed.operation(), allowed.isWrite());
            }
            return next == null ? null : next.deny(allowed, body);
        }
    }

    private BodyRules(Map<String, BodyJudge> judges) {
        this.judges = Map.copyOf(judges);
    }

    /** The rules that judge no body. */
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

    /** The judges of {@code CREATE=safe}. */
    static BodyRules of(CreateRules create) {
        BodyJudge judge = new CreateBodyJudge(create);
        return of(CreateRules.judgedBodies().stream().collect(Collectors.toMap(id -> id, id -> judge)));
    }

    /** Returns these rules, which also judge the body that disconnects a container from a network. */
    BodyRules judgingDisconnect() {
        Map<String, BodyJudge> all = new HashMap<>(judges);
        all.put("NetworkDisconnect", new DisconnectJudge());
        all.put("NetworkDisconnectLibpod", new DisconnectJudge());
        return of(all);
    }

    /**
     * Returns these rules, which also deny a body that contains a masked value.
     *
     * @param maxBytes limit of a body in bytes
     */
    BodyRules refusingMaskedValues(int maxBytes) {
        Map<String, BodyJudge> all = new HashMap<>(judges);
        RecreatingOperations.ids().forEach(id -> all.put(id, new MaskedValueJudge(maxBytes, judges.get(id))));
        return of(all);
    }

    /** The judge of the body for an operation, or null if its body is not judged. */
    public @Nullable BodyJudge judge(Operation operation) {
        return judges.get(operation.id());
    }
}
