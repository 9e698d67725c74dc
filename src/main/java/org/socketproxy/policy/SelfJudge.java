package org.socketproxy.policy;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.self.BodyNames;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Denies a body that names, uses or imitates a protected container.
 *
 * <p>Security: denies a body that is not strict JSON, because the daemon could read another name from it.
 *
 * @param subjects the proxy's own container, and the clients of other profiles
 * @param rules the rules of the operation for its body
 * @param network the network in the path, or empty
 * @param next decides about the rest, or null
 */
public record SelfJudge(
        List<ProtectedSubject> subjects,
        List<SelfRule> rules,
        String network,
        @Nullable BodyJudge next) implements BodyJudge {
    public SelfJudge {
        subjects = List.copyOf(subjects);
        rules = List.copyOf(rules);
    }

    @Override
    public int maxBytes() {
        return next == null ? MAX_BYTES : next.maxBytes();
    }

    @Override
    public @Nullable Decision deny(Decision allowed, JsonBody body) {
        Operation operation = Objects.requireNonNull(allowed.operation());
        String problem = problem(body);
        if (problem != null) {
            Decision denial = next == null ? null : next.deny(allowed, body);
            return denial != null
                    ? denial
                    : Decision.violating(
                            ParameterDenial.of(
                                    Reason.BODY_REFUSED,
                                    "the body " + problem + ", so the proxy cannot check what it names"),
                            operation,
                            allowed.isWrite());
        }
        for (ProtectedSubject subject : subjects) {
            boolean isUsed = subject.owner() != null && isUsing(subject, operation, body);
            if (isUsed || rules.stream().anyMatch(rule -> isNaming(subject, rule, body))) {
                return Decision.selfProtected(subject.owner(), operation, allowed.isWrite());
            }
        }
        // A container that is created again keeps its mounts: the next judge denies these.
        Decision denial = next == null ? null : next.deny(allowed, body);
        if (denial == null) {
            for (ProtectedSubject subject : subjects) {
                if (isUsing(subject, operation, body)) {
                    return Decision.selfProtected(subject.owner(), operation, allowed.isWrite());
                }
            }
        }
        return denial;
    }

    /** Returns what is wrong with a body that one of the rules concerns; null for a strict one. */
    private @Nullable String problem(JsonBody body) {
        boolean isConcerned = rules.stream()
                .anyMatch(rule -> rule.place() == SelfRule.Place.BODY || rule.place() == SelfRule.Place.CREATE);
        try {
            if (isConcerned && !body.isEmpty()) {
                body.read();
            }
            return null;
        } catch (InvalidJsonException unreadable) {
            return unreadable.pointer().isEmpty()
                    ? unreadable.problem()
                    : "has a member at " + unreadable.pointer() + " that " + unreadable.problem();
        }
    }

    /**
     * Returns true if an updater may replace this recorded container by that of the body. The proxy's own container keeps its
     * environment: without {@code CREATE=safe}, for example, the new proxy would allow more.
     *
     * @param id full id of the recorded container
     */
    public boolean isReplacementAllowed(String id, JsonBody body) {
        try {
            for (ProtectedSubject subject : subjects) {
                for (ProxyContainer container : subject.containers()) {
                    if (id.equals(container.id())) {
                        return subject.owner() == null && container.isEnvironmentKeptBy(body.read());
                    }
                }
            }
            return true;
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private boolean isNaming(ProtectedSubject subject, SelfRule rule, JsonBody body) {
        if (rule.place() != SelfRule.Place.BODY) {
            return false;
        }
        try {
            if (body.isEmpty()) {
                return false;
            }
            return rule.parameter().equals(ProtectedSubject.ALIASES)
                    ? subject.hasAlias(network, body.read())
                    : BodyNames.values(body.read(), rule.parameter()).stream()
                            .anyMatch(name -> rule.isProtected(subject, name));
        } catch (InvalidJsonException unreadable) {
            return true;
        }
    }

    /** Returns true if the body mounts a volume of the subject, joins its namespaces or networks, or takes its names. */
    private boolean isUsing(ProtectedSubject subject, Operation operation, JsonBody body) {
        List<SelfRule> creations = rules.stream()
                .filter(rule -> rule.place() == SelfRule.Place.CREATE)
                .toList();
        if (creations.isEmpty()) {
            return false;
        }
        try {
            List<String> volumes = CreateRules.volumes(operation, body);
            JsonValue read = body.isEmpty() ? JsonObject.EMPTY : body.read();
            return creations.stream().anyMatch(rule -> subject.isUsedBy(rule.object(), operation, read, volumes));
        } catch (InvalidJsonException unreadable) {
            return true;
        }
    }
}
