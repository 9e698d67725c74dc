package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.Takeover;
import org.socketproxy.config.ConfiguredProfile;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.dockerapi.OperationCatalogue;

/**
 * Computes the gain of a hostile client for each profile, including the profiles that the client can take over.
 *
 * <p>Threading: immutable.
 */
public final class ProfileRisks {
    private final OperationCatalogue catalogue;
    private final Map<String, Risk> risks = new HashMap<>();
    private final Map<String, List<Reached>> reached = new HashMap<>();

    /**
     * A profile that a client of another profile can get.
     *
     * @param client the condition that it makes true
     * @param how such as {@code it may stop containers (ContainerStop by ALLOW_STOP=1)}
     */
    record Reached(String profile, ClientMatcher client, String how) {}

    public ProfileRisks(ConfiguredProfiles profiles, OperationCatalogue catalogue) {
        this.catalogue = catalogue;
        for (ConfiguredProfile each : profiles.all()) {
            risks.put(each.name(), Risk.of(each.profile(), catalogue));
            reached.put(each.name(), reached(profiles, each, TakeoverOperations.of(each.profile(), catalogue)));
        }
        boolean isChanged = profiles.all().size() > 1;
        while (isChanged) {
            isChanged = false;
            for (ConfiguredProfile each : profiles.all()) {
                isChanged |= !risk(each).isRoot() && addRoot(each);
            }
        }
    }

    private boolean addRoot(ConfiguredProfile from) {
        for (Reached each : reachedBy(from)) {
            Risk risk = risks.get(each.profile);
            if (risk != null && risk.isRoot()) {
                risks.put(
                        from.name(),
                        risk(from)
                                .asRoot("it can become " + each.profile + " (" + each.client.text() + "), because "
                                        + each.how));
                return true;
            }
        }
        return false;
    }

    /** Returns what a client of a profile can gain; for a profile of an earlier configuration, only by this profile. */
    public Risk risk(ConfiguredProfile profile) {
        Risk known = risks.get(profile.name());
        return known == null ? Risk.of(profile.profile(), catalogue) : known;
    }

    /** Returns the other profiles that a client of a profile can get, at most one condition of each. */
    List<Reached> reachedBy(ConfiguredProfile from) {
        return reached.getOrDefault(from.name(), List.of());
    }

    private static List<Reached> reached(
            ConfiguredProfiles profiles, ConfiguredProfile from, Map<Takeover, String> ways) {
        return profiles.all().stream()
                .filter(to -> !ways.isEmpty() && !to.name().equals(from.name()))
                .filter(to -> from.profile().create() == null
                        || to.settings().trusts().contains(from.name()))
                .flatMap(to -> Stream.ofNullable(reached(to, ways)))
                .toList();
    }

    private static @Nullable Reached reached(ConfiguredProfile to, Map<Takeover, String> all) {
        for (ClientMatcher client : to.settings().clients()) {
            if (client.isTakenBy(all.keySet())) {
                return new Reached(to.name(), client, how(client, all));
            }
        }
        return null;
    }

    /** Names one way if one is enough, else all. */
    private static String how(ClientMatcher client, Map<Takeover, String> all) {
        Map<Takeover, String> used = new LinkedHashMap<>(all);
        for (Takeover each : Takeover.values()) {
            if (all.containsKey(each) && client.isTakenBy(Set.of(each))) {
                used.keySet().retainAll(Set.of(each));
                break;
            }
        }
        List<String> words = new ArrayList<>();
        used.forEach((takeover, by) -> words.add(takeover.words() + " (" + by + ")"));
        return "it may " + String.join(" and ", words);
    }
}
