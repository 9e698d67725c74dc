package org.socketproxy.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.ParameterRules.ParameterRule;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.self.BodyNames;

/**
 * Stage 3 of a decision: the judges of bodies by operation. A {@link ParameterRule} denies a body of other operations by its head.
 *
 * <p>Threading: immutable.
 */
public final class BodyRules {
    private static final String CONTAINER = "Container";
    private static final Set<String> DISCONNECT_FIELDS = Set.of(CONTAINER, "Force");

    private final Map<String, BodyJudge> judges;

    /** Denies a body with the marker of a masked value; otherwise the next judge decides, if there is one. */
    record MaskedValueJudge(int maxBytes, @Nullable BodyJudge next) implements BodyJudge {
        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            if (Marker.isIn(body.bytes())) {
                return Decision.denied(Reason.MASKED_VALUE, allowed.operation(), allowed.isWrite());
            }
            return next == null ? null : next.deny(allowed, body);
        }

        @Override
        public BodyJudge protecting(List<String> mounts, Map<String, List<String>> sockets) {
            return next == null ? this : new MaskedValueJudge(maxBytes, next.protecting(mounts, sockets));
        }
    }

    private record ChainedJudge(BodyJudge first, BodyJudge second) implements BodyJudge {
        @Override
        public int maxBytes() {
            return first.maxBytes();
        }

        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            Decision denial = first.deny(allowed, body);
            return denial == null ? second.deny(allowed, body) : denial;
        }
    }

    private record CreateBodyJudge(CreateRules rules) implements BodyJudge {
        @Override
        public int maxBytes() {
            return rules.maxBodyBytes();
        }

        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            List<Violation> violations = rules.judgeBody(Objects.requireNonNull(allowed.operation()), body);
            return violations.isEmpty() ? null : Decision.exceeding(violations, allowed);
        }

        @Override
        public BodyJudge protecting(List<String> mounts, Map<String, List<String>> sockets) {
            return new CreateBodyJudge(rules.with(rules.binds().protecting(mounts, sockets)));
        }
    }

    /** The next judge decides first, if there is one. */
    private record ExecBodyJudge(ExecRules rules, @Nullable BodyJudge next) implements BodyJudge {
        @Override
        public int maxBytes() {
            return rules.maxBodyBytes();
        }

        @Override
        public @Nullable Decision deny(Decision allowed, JsonBody body) {
            Decision denial = next == null ? null : next.deny(allowed, body);
            if (denial != null) {
                return denial;
            }
            List<Violation> violations = rules.judge(Objects.requireNonNull(allowed.operation()), body);
            return violations.isEmpty() ? null : Decision.exceeding(violations, allowed);
        }

        @Override
        public BodyJudge protecting(List<String> mounts, Map<String, List<String>> sockets) {
            return next == null ? this : new ExecBodyJudge(rules, next.protecting(mounts, sockets));
        }
    }

    private BodyRules(Map<String, BodyJudge> judges) {
        this.judges = Map.copyOf(judges);
    }

    public static BodyRules none() {
        return of(Map.of());
    }

    /** Creates rules of judges by the id of the operation. */
    public static BodyRules of(Map<String, BodyJudge> judges) {
        return new BodyRules(judges);
    }

    static BodyRules of(CreateRules create) {
        BodyJudge judge = new CreateBodyJudge(create);
        return of(CreateRules.judgedBodies().stream().collect(Collectors.toMap(id -> id, id -> judge)));
    }

    /** Adds the rules of {@code EXEC_ALLOW} to the bodies that run commands in existing containers. */
    BodyRules judgingExec(ExecRules exec) {
        Map<String, BodyJudge> all = new HashMap<>(judges);
        ExecRules.judgedBodies().forEach(id -> all.put(id, new ExecBodyJudge(exec, judges.get(id))));
        return of(all);
    }

    /** Adds a judge of the body that disconnects a container from a network. */
    BodyRules judgingDisconnect() {
        Map<String, BodyJudge> all = new HashMap<>(judges);
        OperationRules.ids(rules -> rules.verb() == Verb.DISCONNECT)
                .forEach(id -> all.put(id, BodyRules::denyDisconnect));
        return of(all);
    }

    /** Adds judges of the bodies that connect a container to a network, and disconnect it. */
    BodyRules judgingConnections() {
        Map<String, BodyJudge> all = new HashMap<>(judgingDisconnect().judges);
        OperationRules.ids(rules -> rules.verb() == Verb.CONNECT)
                .forEach(id -> all.merge(id, BodyRules::denyConnect, ChainedJudge::new));
        return of(all);
    }

    /** Denies NetworkDisconnect unless the body names one container, in one reading. */
    private static @Nullable Decision denyDisconnect(Decision allowed, JsonBody body) {
        Map<String, JsonValue> members = body.object().members();
        return members.get(CONTAINER) instanceof JsonString && DISCONNECT_FIELDS.containsAll(members.keySet())
                ? null
                : formDenial("the body is not an object of Container and Force", allowed);
    }

    /** Denies NetworkConnect unless the body names one container, in one reading. */
    private static @Nullable Decision denyConnect(Decision allowed, JsonBody body) {
        boolean isLibpod = Objects.requireNonNull(allowed.operation()).isLibpod();
        String member = isLibpod ? CONTAINER.toLowerCase(Locale.ROOT) : CONTAINER;
        JsonObject object = body.object();
        return object.members().get(member) instanceof JsonString name
                        && BodyNames.values(object, CONTAINER.toLowerCase(Locale.ROOT))
                                .equals(List.of(name.text()))
                ? null
                : formDenial("the body is not an object with one member " + member, allowed);
    }

    private static Decision formDenial(String sentence, Decision allowed) {
        return Decision.exceeding(List.of(new Violation(Violation.Kind.FORM, "", sentence, null)), allowed);
    }

    /** Adds a denial of bodies with a masked value. */
    BodyRules refusingMaskedValues(int maxBytes) {
        Map<String, BodyJudge> all = new HashMap<>(judges);
        OperationRules.ids(rules -> rules.traits().contains(Trait.REBUILDS))
                .forEach(id -> all.put(id, new MaskedValueJudge(maxBytes, judges.get(id))));
        return of(all);
    }

    public @Nullable BodyJudge judge(Operation operation) {
        return judges.get(operation.id());
    }
}
