package org.socketproxy.config;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Builds;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.OperationExceptions;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Policy.Term;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.ProfileValues;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;

/**
 * Permissions of the environment or of one profile of the policy file.
 *
 * @param origin name of the profile, and the place of its configuration
 * @param clients conditions, one of which must match; empty for the environment
 * @param granted names of the variables that are on, with defaults
 * @param defaults names of the variables that are on if the configuration does not set them
 * @param preset supplies defaults, or null
 * @param create the rules of {@code CREATE=safe}, or null
 * @param exec the rules of {@code EXEC_ALLOW}, or null
 * @param targets the objects of the profile, or null for all
 * @param values the values of {@link Setting#keys}
 * @param until end of all permissions of the profile, or null
 * @param writesUntil end of the permission to change objects, or null
 * @param builds whether the gRPC calls of a build are judged, and for what the daemon may ask its client
 * @param writes conditions on the objects that requests change
 * @param trusts names of profiles with clients that may act on the clients of this profile
 */
public record ProfileSettings(
        ProfileOrigin origin,
        List<ClientMatcher> clients,
        Compatibility compatibility,
        Set<String> granted,
        Set<String> defaults,
        @Nullable Preset preset,
        OperationExceptions exceptions,
        @Nullable CreateRules create,
        @Nullable ExecRules exec,
        @Nullable Scope targets,
        MaskSelection mask,
        int maxBodyBytes,
        @Nullable Learn learn,
        ProfileLimits limits,
        ProfileValues values,
        @Nullable Instant until,
        @Nullable Instant writesUntil,
        Builds builds,
        WriteRules writes,
        Set<String> trusts) {

    public ProfileSettings {
        clients = List.copyOf(clients);
        granted = Set.copyOf(granted);
        defaults = Set.copyOf(defaults);
        trusts = Set.copyOf(trusts);
    }

    /** Length or end of learn mode; the earlier end if both are given. A length begins at the start or the reload. */
    public record Learn(@Nullable Duration length, @Nullable Instant until) {
        public Instant end(Instant now) {
            Instant byLength = length == null ? Instant.MAX : now.plus(length);
            return until == null || byLength.isBefore(until) ? byLength : until;
        }
    }

    /** Returns the profile of clients without a profile; it denies every request. */
    static ProfileSettings none(String file, int maxBodyBytes) {
        return new ProfileSettings(
                new ProfileOrigin(ProfileOrigin.NONE, file, Map.of()),
                List.of(),
                Compatibility.LINUXSERVER,
                Set.of(),
                Set.of(),
                null,
                OperationExceptions.NONE,
                null,
                null,
                null,
                MaskSelection.NONE,
                maxBodyBytes,
                null,
                ProfileLimits.NONE,
                ProfileValues.NONE,
                null,
                null,
                Builds.JUDGED,
                WriteRules.NONE,
                Set.of());
    }

    public String name() {
        return origin.name();
    }

    public Set<String> enabledExplicitly() {
        Set<String> explicit = new HashSet<>(granted);
        explicit.removeAll(defaults);
        return explicit;
    }

    /** Creates the profile, with the system clock. */
    public Profile profile(
            OperationCatalogue catalogue, ParameterRules rules, LearnMode learning, List<Scope> confined) {
        return profile(catalogue, rules, learning, confined, InstantSource.system());
    }

    /**
     * Creates the profile.
     *
     * @param confined the scopes of all profiles, in which other clients must not create objects
     * @param clock asked only about permissions that end
     */
    public Profile profile(
            OperationCatalogue catalogue,
            ParameterRules rules,
            LearnMode learning,
            List<Scope> confined,
            InstantSource clock) {
        Term term = new Term(until, writesUntil, clock);
        return Profile.of(origin, Policy.of(catalogue, rules, granted, compatibility, exceptions, term))
                .create(create == null ? null : create.with(ofCreate()))
                .exec(exec)
                .targets(targets == null ? null : targets.amid(confined))
                .mask(MaskRules.of(mask, catalogue), maxBodyBytes)
                .learning(learning)
                .limits(limits)
                .values(values)
                .builds(builds)
                .writes(writes.forProfile())
                .build();
    }

    private Set<String> ofCreate() {
        Set<String> names = new HashSet<>(granted);
        if (targets != null) {
            names.add(CreateRules.CONFINED);
        }
        return names;
    }
}
