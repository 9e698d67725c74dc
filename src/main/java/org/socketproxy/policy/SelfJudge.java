package org.socketproxy.policy;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.self.BodyNames;
import org.socketproxy.policy.self.OwnContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Denies a body that names the proxy's own container or volumes, and lets another judge decide on the rest.
 *
 * <p>Security: a body that is not strict JSON is denied, because the daemon could read another name from it.
 *
 * @param rules the rules of the operation that concern its body
 * @param next the other judge of the operation, or null
 */
public record SelfJudge(
        OwnContainer own, List<SelfRule> rules, @Nullable BodyJudge next) implements BodyJudge {
    public SelfJudge {
        rules = List.copyOf(rules);
    }

    @Override
    public int maxBytes() {
        return next == null ? MAX_BYTES : next.maxBytes();
    }

    @Override
    public @Nullable Decision deny(Decision allowed, JsonBody body) {
        Operation operation = Objects.requireNonNull(allowed.operation());
        for (SelfRule rule : rules) {
            if (rule.place() == SelfRule.Place.BODY && isNaming(rule, body)) {
                return Decision.selfProtected(operation, allowed.isWrite());
            }
        }
        // A container that is created again keeps its mounts: the denial of the next judge decides that.
        Decision denial = next == null ? null : next.deny(allowed, body);
        if (denial == null && rules.stream().anyMatch(SelfJudge::isCreation) && isUsing(operation, body)) {
            return Decision.selfProtected(operation, allowed.isWrite());
        }
        return denial;
    }

    /**
     * Returns true if an updater may replace this recorded container by that of the body. The proxy's own container keeps its
     * environment: without {@code CREATE=safe}, for example, the new proxy would allow more.
     *
     * @param id full id of the recorded container
     */
    public boolean isReplacementAllowed(String id, JsonBody body) {
        try {
            return !id.equals(own.id()) || own.isEnvironmentKeptBy(body.read());
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private static boolean isCreation(SelfRule rule) {
        return rule.place() == SelfRule.Place.CREATE;
    }

    private boolean isNaming(SelfRule rule, JsonBody body) {
        try {
            return !body.isEmpty()
                    && BodyNames.values(body.read(), rule.parameter()).stream().anyMatch(name -> rule.isOwn(own, name));
        } catch (InvalidJsonException unreadable) {
            return true;
        }
    }

    /** Returns true if a body that the rules allow mounts a volume of the proxy, or joins its namespaces. */
    private boolean isUsing(Operation operation, JsonBody body) {
        try {
            return CreateRules.volumes(operation, body).stream().anyMatch(own.volumes()::contains)
                    || !body.isEmpty() && BodyNames.joined(body.read()).stream().anyMatch(own::isNamed);
        } catch (InvalidJsonException unreadable) {
            return true;
        }
    }
}
