package org.socketproxy.policy;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;

/**
 * Limits of simultaneous connections and exchanges of all clients of a profile.
 *
 * @param highest at least 1 each; may be empty
 */
public record ProfileLimits(Map<ProfileLimit, Integer> highest) {
    public static final ProfileLimits NONE = new ProfileLimits(Map.of());

    public ProfileLimits {
        highest = Map.copyOf(highest);
    }

    /** Returns true if one more is allowed. */
    public boolean isBelow(ProfileLimit limit, int open) {
        Integer most = highest.get(limit);
        return most == null || open < most;
    }

    /** Returns the sentence of a denial. */
    public String sentence(ProfileLimit exceeded, ProfileOrigin origin) {
        return "the limit of " + exceeded.noun() + " of this profile (" + Objects.requireNonNull(highest.get(exceeded))
                + ") is reached; close some, or set max." + exceeded.key() + " higher" + origin.hint("max");
    }

    /** Returns assignments in the order of declaration, such as {@code exec=10}. */
    public List<String> assignments() {
        Map<ProfileLimit, Integer> ordered = new EnumMap<>(ProfileLimit.class);
        ordered.putAll(highest);
        return ordered.entrySet().stream()
                .map(each -> each.getKey().key() + "=" + each.getValue())
                .toList();
    }

    /** A key of {@code max} in the policy file. */
    public enum ProfileLimit {
        /** From the time when the client is known until they close. */
        CONNECTIONS("connections"),
        EXCHANGES("exchanges"),
        /** Exchanges that run a command in a container. */
        EXEC("exec sessions"),
        /** Other exchanges without time limit, such as events, logs, attach and pull. */
        STREAM("streams");

        private static final Set<ProfileLimit> OF_FINITE = Set.of(EXCHANGES);
        private static final Set<ProfileLimit> OF_EXEC = EnumSet.of(EXCHANGES, EXEC);
        private static final Set<ProfileLimit> OF_STREAM = EnumSet.of(EXCHANGES, STREAM);

        private final String noun;

        ProfileLimit(String noun) {
            this.noun = noun;
        }

        /** Returns the limits that count an exchange with this operation. */
        public static Set<ProfileLimit> of(Operation operation) {
            if (OperationRules.is(operation, Trait.ENTERS_EXEC)) {
                return OF_EXEC;
            }
            return operation.isEndless() ? OF_STREAM : OF_FINITE;
        }

        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the stable code of a denial. */
        public String code() {
            return "profile-max-" + key();
        }

        String noun() {
            return noun;
        }
    }
}
