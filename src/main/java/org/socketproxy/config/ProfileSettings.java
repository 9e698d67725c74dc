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
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.OperationExceptions;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Policy.Term;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.create.BodyEdits;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.mask.MaskRules;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;
import org.socketproxy.policy.value.ProfileValues;

/**
 * Permissions of the environment or of one profile of the policy file.
 *
 * @param origin name of the profile, and the place of its configuration
 * @param values the values that are read by themselves
 */
public record ProfileSettings(
        ProfileOrigin origin, Validity validity, Grants grants, Rules rules, ProfileValues values) {

    /**
     * Clients and times of a profile; only in a policy file.
     *
     * @param clients conditions, one of which must match; empty for the environment
     * @param until end of all permissions of the profile, or null
     * @param writesUntil end of the permission to change objects, or null
     * @param trusts names of profiles with clients that may act on the clients of this profile
     */
    public record Validity(
            List<ClientMatcher> clients,
            @Nullable Learn learn,
            @Nullable Instant until,
            @Nullable Instant writesUntil,
            Set<String> trusts) {
        static final Validity ALWAYS = new Validity(List.of(), null, null, null, Set.of());

        public Validity {
            clients = List.copyOf(clients);
            trusts = Set.copyOf(trusts);
        }
    }

    /**
     * Allowed operations.
     *
     * @param granted names of the variables that are on, with defaults
     * @param defaults names of the variables that are on if the configuration does not set them
     * @param preset supplies defaults, or null
     */
    public record Grants(
            Compatibility compatibility,
            Set<String> granted,
            Set<String> defaults,
            @Nullable Preset preset,
            OperationExceptions exceptions) {
        public Grants {
            granted = Set.copyOf(granted);
            defaults = Set.copyOf(defaults);
        }

        Grants with(OperationExceptions others) {
            return new Grants(compatibility, granted, defaults, preset, others);
        }

        Policy policy(OperationCatalogue catalogue, ParameterRules rules, Term term) {
            return Policy.of(catalogue, rules, granted, compatibility, exceptions, term);
        }
    }

    /**
     * Rules for allowed operations, which read each other.
     *
     * @param create the rules of {@code CREATE=safe}, or null
     * @param exec the rules of {@code EXEC_ALLOW}, or null
     * @param targets the objects of the profile, or null for all
     * @param writes conditions on the objects that requests change
     */
    public record Rules(
            @Nullable CreateRules create,
            @Nullable ExecRules exec,
            @Nullable Scope targets,
            WriteRules writes,
            MaskSelection mask,
            int maxBodyBytes) {}

    /** Length or end of learn mode; the earlier end if both are given. A length begins at the start or the reload. */
    public record Learn(@Nullable Duration length, @Nullable Instant until) {
        public Instant end(Instant now) {
            Instant byLength = length == null ? Instant.MAX : now.plus(length);
            return until == null || byLength.isBefore(until) ? byLength : until;
        }
    }

    /** Returns the profile of clients without a profile; it denies every request. */
    public static ProfileSettings none(String file, int maxBodyBytes) {
        return new ProfileSettings(
                new ProfileOrigin(ProfileOrigin.NONE, file, Map.of()),
                Validity.ALWAYS,
                new Grants(Compatibility.LINUXSERVER, Set.of(), Set.of(), null, OperationExceptions.NONE),
                new Rules(null, null, null, WriteRules.NONE, MaskSelection.NONE, maxBodyBytes),
                ProfileValues.NONE);
    }

    ProfileSettings with(Validity clientsAndTimes, ProfileLimits limits) {
        return new ProfileSettings(origin, clientsAndTimes, grants, rules, values.with(ProfileLimits.KEY, limits));
    }

    /**
     * Returns the same profile with another name and other objects.
     *
     * @param network network of containers for which the client names none; or empty
     */
    ProfileSettings with(ProfileOrigin name, Scope objects, String network) {
        return new ProfileSettings(
                name,
                validity,
                grants,
                new Rules(rules.create, rules.exec, objects, rules.writes, rules.mask, rules.maxBodyBytes),
                values.with(BodyEdits.NETWORK, network));
    }

    public String name() {
        return origin.name();
    }

    public List<ClientMatcher> clients() {
        return validity.clients;
    }

    public Set<String> granted() {
        return grants.granted;
    }

    public @Nullable CreateRules create() {
        return rules.create;
    }

    public @Nullable ExecRules exec() {
        return rules.exec;
    }

    public @Nullable Scope targets() {
        return rules.targets;
    }

    public WriteRules writes() {
        return rules.writes;
    }

    public MaskSelection mask() {
        return rules.mask;
    }

    public Set<String> enabledExplicitly() {
        Set<String> explicit = new HashSet<>(grants.granted);
        explicit.removeAll(grants.defaults);
        return explicit;
    }

    /**
     * Creates the profile.
     *
     * @param confined the scopes of all profiles, in which other clients must not create objects
     * @param clock asked only about permissions that end
     */
    public Profile profile(
            OperationCatalogue catalogue,
            ParameterRules parameters,
            LearnMode learning,
            List<Scope> confined,
            InstantSource clock) {
        Term term = new Term(validity.until, validity.writesUntil, clock);
        Scope targets = rules.targets;
        return Profile.of(origin, grants.policy(catalogue, parameters, term))
                .create(rules.create == null ? null : rules.create.with(ofCreate()))
                .exec(rules.exec)
                .targets(targets == null ? null : targets.amid(confined))
                .mask(MaskRules.of(rules.mask, catalogue), rules.maxBodyBytes)
                .learning(learning)
                .values(values)
                .writes(rules.writes.forProfile())
                .build();
    }

    private Set<String> ofCreate() {
        Set<String> names = new HashSet<>(grants.granted);
        if (rules.targets != null) {
            names.add(CreateRules.CONFINED);
        }
        return names;
    }
}
