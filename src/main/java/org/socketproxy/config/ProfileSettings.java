package org.socketproxy.config;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Policy.OperationExceptions;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.scope.Scope;

/**
 * Permissions that the environment or one profile of the policy file configures.
 *
 * @param origin name of the profile, and the place that configures it
 * @param clients the profile applies to a client that one of them matches; empty for the environment
 * @param granted names of the variables that are on, including defaults
 * @param defaults names of the variables that are on if the configuration does not set them
 * @param create the rules of {@code CREATE=safe}, or null without them
 * @param targets the objects that the clients are confined to, or null
 * @param learn learn mode of a profile of the policy file, or null
 * @param trusts names of profiles; their clients may act on the clients of this profile
 */
public record ProfileSettings(
        ProfileOrigin origin,
        List<ClientMatcher> clients,
        Compatibility compatibility,
        Set<String> granted,
        Set<String> defaults,
        OperationExceptions exceptions,
        @Nullable CreateRules create,
        @Nullable Scope targets,
        Set<MaskGroup> mask,
        int maxBodyBytes,
        @Nullable Learn learn,
        ProfileLimits limits,
        Set<String> trusts) {

    public ProfileSettings {
        clients = List.copyOf(clients);
        granted = Set.copyOf(granted);
        defaults = Set.copyOf(defaults);
        mask = Set.copyOf(mask);
        trusts = Set.copyOf(trusts);
    }

    /**
     * End of learn mode: the earlier of both if both are given.
     *
     * @param length duration, from the start or from the reload that adds it; or null
     * @param until end, or null
     */
    public record Learn(@Nullable Duration length, @Nullable Instant until) {
        /** Returns the end of learn mode if it begins now. */
        public Instant end(Instant now) {
            Instant byLength = length == null ? Instant.MAX : now.plus(length);
            return until == null || byLength.isBefore(until) ? byLength : until;
        }
    }

    /** Returns the profile of clients without a profile in the policy file: it denies every request. */
    static ProfileSettings none(String file, int maxBodyBytes) {
        return new ProfileSettings(
                new ProfileOrigin(ProfileOrigin.NONE, file, Map.of()),
                List.of(),
                Compatibility.LINUXSERVER,
                Set.of(),
                Set.of(),
                OperationExceptions.NONE,
                null,
                null,
                Set.of(),
                maxBodyBytes,
                null,
                ProfileLimits.NONE,
                Set.of());
    }

    public String name() {
        return origin.name();
    }

    /** Returns the variables that are on, without defaults. */
    public Set<String> enabledExplicitly() {
        Set<String> explicit = new HashSet<>(granted);
        explicit.removeAll(defaults);
        return explicit;
    }

    /** Creates the profile without the scopes of other profiles. */
    public Profile profile(OperationCatalogue catalogue, ParameterRules rules, LearnMode learning) {
        return profile(catalogue, rules, learning, List.of());
    }

    /**
     * Returns the profile that these settings configure.
     *
     * @param confined scopes of all profiles; a client must not create objects in another profile's scope
     */
    public Profile profile(
            OperationCatalogue catalogue, ParameterRules rules, LearnMode learning, List<Scope> confined) {
        return new Profile(
                origin,
                Policy.of(catalogue, rules, granted, compatibility, exceptions),
                create == null ? null : create.with(granted),
                targets == null ? null : targets.amid(confined),
                MaskRules.of(mask, catalogue),
                maxBodyBytes,
                learning,
                limits);
    }
}
