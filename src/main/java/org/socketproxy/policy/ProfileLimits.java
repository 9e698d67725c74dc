package org.socketproxy.policy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Limits of simultaneous connections and exchanges for all clients of a profile together.
 *
 * @param highest at least 1 each; a limit without a number does not exist
 */
public record ProfileLimits(Map<ProfileLimit, Integer> highest) {
    public static final ProfileLimits NONE = new ProfileLimits(Map.of());

    public ProfileLimits {
        highest = Map.copyOf(highest);
    }

    /** Returns whether one more is allowed. */
    public boolean isBelow(ProfileLimit limit, int open) {
        Integer most = highest.get(limit);
        return most == null || open < most;
    }

    /** Returns the sentence for a client that exceeds a limit of its profile. */
    public String sentence(ProfileLimit exceeded, ProfileOrigin origin) {
        return "the limit of " + exceeded.noun() + " of this profile (" + Objects.requireNonNull(highest.get(exceeded))
                + ") is reached; close some, or set max." + exceeded.key() + " higher" + origin.hint("max");
    }

    /** Returns the limits in the order of their declaration, such as {@code exec=10}. */
    public List<String> assignments() {
        Map<ProfileLimit, Integer> ordered = new EnumMap<>(ProfileLimit.class);
        ordered.putAll(highest);
        return ordered.entrySet().stream()
                .map(each -> each.getKey().key() + "=" + each.getValue())
                .toList();
    }
}
