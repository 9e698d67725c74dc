package org.socketproxy.policy;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;

/** Limit of a profile: a key of {@code max} in the policy file. */
public enum ProfileLimit {
    /** Connections, which count from the time when the client is known until they close. */
    CONNECTIONS("connections"),
    /** All exchanges. */
    EXCHANGES("exchanges"),
    /** Exchanges that run a command in a container. */
    EXEC("exec sessions"),
    /** Other exchanges without a time limit, such as events, logs, attach and pull. */
    STREAM("streams");

    private static final Set<ProfileLimit> OF_FINITE = Set.of(EXCHANGES);
    private static final Set<ProfileLimit> OF_EXEC = EnumSet.of(EXCHANGES, EXEC);
    private static final Set<ProfileLimit> OF_STREAM = EnumSet.of(EXCHANGES, STREAM);

    private final String noun;

    ProfileLimit(String noun) {
        this.noun = noun;
    }

    /** Returns the limits for which an exchange with this operation counts. */
    public static Set<ProfileLimit> of(Operation operation) {
        if (OperationRules.is(operation, Trait.ENTERS_EXEC)) {
            return OF_EXEC;
        }
        return operation.isEndless() ? OF_STREAM : OF_FINITE;
    }

    /** Returns the key in the policy file. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the stable code of a denial by this limit, in lower case with hyphens. */
    public String code() {
        return "profile-max-" + key();
    }

    String noun() {
        return noun;
    }
}
