package org.socketproxy.policy;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Limits of simultaneous connections and exchanges of all clients of a profile, and of the rate of their requests.
 *
 * @param highest at least 1 each; may be empty; without {@link ProfileLimit#REQUESTS}
 * @param requests the highest rate, or null
 */
public record ProfileLimits(
        Map<ProfileLimit, Integer> highest, @Nullable RequestRate requests) {
    public static final ProfileLimits NONE = new ProfileLimits(Map.of());

    public static final ProfileKey<ProfileLimits> KEY =
            new ProfileKey<>(NONE, ProfileLimits::text, ProfileLimits::text, ProfileLimits::isWithin);

    public ProfileLimits {
        highest = Map.copyOf(highest);
    }

    /** Creates limits without a rate. */
    public ProfileLimits(Map<ProfileLimit, Integer> highest) {
        this(highest, null);
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

    /** Returns the sentence of a request beyond the rate. */
    public String sentence(int retryAfterSeconds, ProfileOrigin origin) {
        RequestRate exceeded = Objects.requireNonNull(requests);
        return "the limit of requests of this profile (" + exceeded.text() + ", burst " + exceeded.burst()
                + ") is reached; wait " + retryAfterSeconds + " s, or set max.requests or max.burst higher"
                + origin.hint("max");
    }

    /** Returns true if each limit is at most as high as the other one. */
    public boolean isWithin(ProfileLimits other) {
        RequestRate rate = other.requests;
        return other.highest.entrySet().stream()
                        .allMatch(limit -> highest.getOrDefault(limit.getKey(), Integer.MAX_VALUE) <= limit.getValue())
                && (rate == null || requests != null && requests.isWithin(rate));
    }

    /** Returns assignments in the order of declaration, such as {@code exec=10}. */
    public List<String> assignments() {
        Map<ProfileLimit, Integer> ordered = new EnumMap<>(ProfileLimit.class);
        ordered.putAll(highest);
        return Stream.concat(
                        ordered.entrySet().stream().map(each -> each.getKey().key() + "=" + each.getValue()),
                        requests == null
                                ? Stream.of()
                                : Stream.of("requests=" + requests.text(), "burst=" + requests.burst()))
                .toList();
    }

    private String text() {
        return String.join(" ", assignments());
    }

    /** A key of {@code max} in the policy file. */
    public enum ProfileLimit {
        /** From the time when the client is known until they close. */
        CONNECTIONS("connections", Reason.PROFILE_MAX_CONNECTIONS),
        EXCHANGES("exchanges", Reason.PROFILE_MAX_EXCHANGES),
        /** Exchanges that run a command in a container. */
        EXEC("exec sessions", Reason.PROFILE_MAX_EXEC),
        /** Other exchanges without time limit, such as events, logs, attach and pull. */
        STREAM("streams", Reason.PROFILE_MAX_STREAM),
        /** Every request, also one that is denied; limited by a {@link RequestRate}. */
        REQUESTS("requests", Reason.PROFILE_MAX_REQUESTS);

        private static final Set<ProfileLimit> OF_FINITE = Set.of(EXCHANGES);
        private static final Set<ProfileLimit> OF_EXEC = EnumSet.of(EXCHANGES, EXEC);
        private static final Set<ProfileLimit> OF_STREAM = EnumSet.of(EXCHANGES, STREAM);

        private final String noun;
        private final Reason reason;

        ProfileLimit(String noun, Reason reason) {
            this.noun = noun;
            this.reason = reason;
        }

        /** Returns the limits that count an exchange with this operation. */
        public static Set<ProfileLimit> of(Operation operation) {
            if (operation.is(Trait.ENTERS_EXEC)) {
                return OF_EXEC;
            }
            return operation.isEndless() ? OF_STREAM : OF_FINITE;
        }

        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the reason of a denial. */
        public Reason reason() {
            return reason;
        }

        String noun() {
            return noun;
        }
    }
}
