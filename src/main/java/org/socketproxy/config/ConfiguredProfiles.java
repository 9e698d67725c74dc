package org.socketproxy.config;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.ClientLabels;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.Scope;

/**
 * All profiles in force, at least one, in the order of their evaluation.
 *
 * @param otherwise the profile of clients without another profile
 * @param index of all profiles
 */
public record ConfiguredProfiles(List<ConfiguredProfile> all, ConfiguredProfile otherwise, ClientIndex index) {
    public ConfiguredProfiles {
        all = List.copyOf(all);
    }

    /** Creates the profiles by the system clock; {@code learning} returns the learn mode of each. */
    public static ConfiguredProfiles of(
            PolicySettings policy,
            OperationCatalogue catalogue,
            ParameterRules rules,
            Function<ProfileSettings, LearnMode> learning) {
        return of(policy, catalogue, rules, learning, InstantSource.system());
    }

    /**
     * Creates the profiles.
     *
     * @param learning returns the learn mode of each
     * @param clock asked about permissions that end
     */
    public static ConfiguredProfiles of(
            PolicySettings policy,
            OperationCatalogue catalogue,
            ParameterRules rules,
            Function<ProfileSettings, LearnMode> learning,
            InstantSource clock) {
        List<Scope> targets = policy.all().stream()
                .map(ProfileSettings::targets)
                .filter(Objects::nonNull)
                .toList();
        boolean areBindsReplaced = policy.all().stream()
                .map(ProfileSettings::create)
                .anyMatch(create -> create != null && create.isReplacingBinds());
        List<ConfiguredProfile> all = policy.all().stream()
                .map(each -> {
                    Profile profile =
                            reserving(each.profile(catalogue, rules, learning.apply(each), targets, clock), policy);
                    return new ConfiguredProfile(
                            each,
                            areBindsReplaced ? profile.edit().showingBinds(true).build() : profile);
                })
                .toList();
        ConfiguredProfile otherwise = all.stream()
                .filter(each -> each.name().equals(policy.otherwise().name()))
                .findFirst()
                .orElseThrow();
        return new ConfiguredProfiles(all, otherwise, new ClientIndex(all));
    }

    /** Creates the profile of a lease, or of a template: amid all profiles in force, which do not see its objects. */
    public static ConfiguredProfile ofLease(
            ProfileSettings lease,
            PolicySettings policy,
            OperationCatalogue catalogue,
            ParameterRules rules,
            InstantSource clock) {
        List<Scope> targets = policy.all().stream()
                .map(ProfileSettings::targets)
                .filter(Objects::nonNull)
                .toList();
        return new ConfiguredProfile(
                lease, reserving(lease.profile(catalogue, rules, LearnMode.off(), targets, clock), policy));
    }

    /** Returns the profile, whose clients give no label by which a profile selects clients that does not trust it. */
    private static Profile reserving(Profile profile, PolicySettings policy) {
        Map<ClientMatcher.Label, Boolean> labels = new HashMap<>();
        for (ProfileSettings each : policy.all()) {
            boolean isTrusted = each.validity().trusts().contains(profile.name());
            each.clients().stream()
                    .flatMap(client -> client.labels().stream())
                    .forEach(label -> labels.merge(label, isTrusted, Boolean::logicalAnd));
        }
        CreateRules create = profile.create();
        if (create == null || labels.isEmpty()) {
            return profile;
        }
        Map<String, Set<String>> given = new HashMap<>();
        labels.forEach((label, isTrusted) -> {
            Set<String> values = given.computeIfAbsent(label.key(), any -> new HashSet<>());
            if (isTrusted) {
                values.add(label.value());
            }
        });
        return profile.edit().create(create.with(new ClientLabels(given))).build();
    }

    public ConfiguredProfile of(Client client) {
        ConfiguredProfile found = index.find(client);
        return found == null ? otherwise : found;
    }

    public Optional<ConfiguredProfile> find(String name) {
        return all.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /** One profile and its settings. */
    public record ConfiguredProfile(ProfileSettings settings, Profile profile) {
        /** Returns true if a condition matches; the profile of the environment has none. */
        public boolean has(Client client) {
            for (ClientMatcher matcher : settings.clients()) {
                if (matcher.matches(client)) {
                    return true;
                }
            }
            return false;
        }

        public String name() {
            return settings.name();
        }
    }
}
