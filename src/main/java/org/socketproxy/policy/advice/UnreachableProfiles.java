package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.ClientMatcher.ListenerFacts;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;

/** Finds profiles of a policy file that apply to no client. */
public final class UnreachableProfiles {
    private UnreachableProfiles() {}

    /** Returns the reason for each of them by the name of the profile. */
    public static Map<String, String> of(ConfiguredProfiles profiles, List<ListenerFacts> listeners) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (ConfiguredProfile each : profiles.all()) {
            if (!each.profile().origin().isOfFile()
                    || each.name().equals(profiles.otherwise().name())) {
                continue;
            }
            Map<String, List<String>> byShadow = shadowed(profiles, each);
            List<String> impossible = each.settings().clients().stream()
                    .filter(client -> listeners.stream().noneMatch(client::isPossibleAt))
                    .map(ClientMatcher::text)
                    .toList();
            boolean isReachable = each.settings().clients().stream()
                    .map(ClientMatcher::text)
                    .anyMatch(client -> !impossible.contains(client)
                            && byShadow.values().stream().noneMatch(clients -> clients.contains(client)));
            if (isReachable) {
                continue;
            }
            List<String> sentences = new ArrayList<>(sentences(byShadow));
            if (!impossible.isEmpty()) {
                sentences.add("no listener in LISTEN has such clients (" + String.join(", ", impossible) + ")");
            }
            reasons.put(each.name(), sentences.isEmpty() ? "it has no clients" : String.join("; ", sentences));
        }
        return reasons;
    }

    /** Returns the conditions of a profile whose clients get an earlier one, by the name of the first such profile. */
    static Map<String, List<String>> shadowed(ConfiguredProfiles profiles, ConfiguredProfile profile) {
        List<ConfiguredProfile> earlier =
                profiles.all().subList(0, profiles.all().indexOf(profile));
        Map<String, List<String>> byShadow = new LinkedHashMap<>();
        for (ClientMatcher client : profile.settings().clients()) {
            earlier.stream()
                    .filter(each -> each.settings().clients().stream().anyMatch(other -> other.covers(client)))
                    .findFirst()
                    .ifPresent(each -> byShadow.computeIfAbsent(each.name(), any -> new ArrayList<>())
                            .add(client.text()));
        }
        return byShadow;
    }

    /** Returns sentences such as {@code profile a comes first, and has the same clients (uid 1)}. */
    static List<String> sentences(Map<String, List<String>> byShadow) {
        return byShadow.entrySet().stream()
                .map(each -> "profile " + each.getKey() + " comes first, and has the same clients ("
                        + String.join(", ", each.getValue()) + ")")
                .collect(Collectors.toList());
    }
}
