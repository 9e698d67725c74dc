package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.ClientMatcher.Takeover;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.table.Table;

/**
 * Computes the gain of a hostile client for each profile, with the profiles that it can take over.
 *
 * <p>Threading: immutable.
 */
public final class ProfileRisks {
    private static final List<Takeovers> TAKEOVERS =
            new Table<>("takeovers.tsv", "takeover operations", Takeovers::of).load(ProfileRisks.class);

    private final OperationCatalogue catalogue;
    private final Map<String, Risk> risks = new HashMap<>();
    private final ConfiguredProfiles profiles;
    private final Map<String, Map<Takeover, String>> ways = new HashMap<>();

    /**
     * A profile within reach of a client of another profile.
     *
     * @param client the condition that it makes true
     * @param how such as {@code it may stop containers (ContainerStop by ALLOW_STOP=1)}
     */
    record Reached(String profile, ClientMatcher client, String how) {}

    /** A row of {@code takeovers.tsv}: the operations, all of which are needed, by which a client becomes another client. */
    private record Takeovers(Takeover takeover, List<String> operations) {
        static Takeovers of(String[] cells) {
            return new Takeovers(
                    Takeover.valueOf(cells[0].toUpperCase(Locale.ROOT)), Arrays.asList(cells[1].split(",", -1)));
        }
    }

    public ProfileRisks(ConfiguredProfiles profiles, OperationCatalogue catalogue) {
        this.catalogue = catalogue;
        this.profiles = profiles;
        for (ConfiguredProfile each : profiles.all()) {
            risks.put(each.name(), Risk.of(each.profile(), catalogue));
            ways.put(each.name(), takeovers(each.profile(), catalogue));
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
        Optional<Reached> found = reachedBy(from, to -> risk(to).isRoot()).findFirst();
        found.ifPresent(each -> risks.put(
                from.name(),
                risk(from)
                        .asRoot("it can become " + each.profile + " (" + each.client.text() + "), because "
                                + each.how)));
        return found.isPresent();
    }

    /** Returns the gain of a hostile client; without takeovers for a profile of an earlier configuration. */
    public Risk risk(ConfiguredProfile profile) {
        Risk known = risks.get(profile.name());
        return known == null ? Risk.of(profile.profile(), catalogue) : known;
    }

    /** Returns the other profiles within reach that are asked for, with at most one condition of each; all together are many. */
    Stream<Reached> reachedBy(ConfiguredProfile from, Predicate<ConfiguredProfile> asked) {
        Map<Takeover, String> known = ways.getOrDefault(from.name(), Map.of());
        return profiles.all().stream()
                .filter(to -> !known.isEmpty() && !to.name().equals(from.name()))
                .filter(to -> from.profile().create() == null
                        || to.settings().validity().trusts().contains(from.name()))
                .filter(asked)
                .flatMap(to -> Stream.ofNullable(reached(to, known)));
    }

    /**
     * Returns the takeovers with their first operations, such as {@code ContainerStop by ALLOW_STOP=1}. {@code CREATE=safe} prevents
     * all against clients of profiles that do not trust this one.
     */
    private static Map<Takeover, String> takeovers(Profile profile, OperationCatalogue catalogue) {
        Map<Takeover, String> takeovers = new EnumMap<>(Takeover.class);
        for (Takeovers row : TAKEOVERS) {
            String by = takeovers.containsKey(row.takeover) ? null : Risk.by(row.operations, profile, catalogue);
            if (by != null) {
                takeovers.put(row.takeover, by);
            }
        }
        return takeovers;
    }

    private static @Nullable Reached reached(ConfiguredProfile to, Map<Takeover, String> all) {
        for (ClientMatcher client : to.settings().clients()) {
            if (client.isTakenBy(all.keySet())) {
                return new Reached(to.name(), client, how(client, all));
            }
        }
        return null;
    }

    /** Names one sufficient way, or all. */
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
