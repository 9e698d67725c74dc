package org.socketproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;

/** Finds profiles that apply to no client, and profiles that a client could get by taking an address. */
public final class ProfileNotes {
    private final ConfiguredProfiles profiles;
    private final Map<String, Set<String>> allowed = new HashMap<>();

    public ProfileNotes(ConfiguredProfiles profiles, OperationCatalogue catalogue) {
        this.profiles = profiles;
        if (profiles.otherwise().profile().origin().isOfFile()) {
            profiles.all().forEach(each -> allowed.put(each.name(), allowed(each, catalogue)));
        }
    }

    /** Returns one sentence for each finding; empty without a policy file. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        List<ClientMatcher> earlier = new ArrayList<>();
        for (ConfiguredProfile each : profiles.all()) {
            if (each.profile().origin().isOfFile() && !each.profile().origin().isNone()) {
                sentences.addAll(ofClients(each, earlier));
                sentences.addAll(ofIdentity(each));
                earlier.addAll(each.settings().clients());
            }
        }
        return sentences;
    }

    private List<String> ofClients(ConfiguredProfile each, List<ClientMatcher> earlier) {
        List<ClientMatcher> clients = each.settings().clients();
        if (clients.isEmpty() && !isOtherwise(each)) {
            return List.of("profile " + each.name() + " has no clients, so it applies to no client");
        }
        List<String> hidden = clients.stream()
                .filter(client -> earlier.stream().anyMatch(other -> other.covers(client)))
                .map(ClientMatcher::text)
                .toList();
        if (hidden.isEmpty()) {
            return List.of();
        }
        boolean isUnreachable = hidden.size() == clients.size() && !isOtherwise(each);
        return List.of("profile " + each.name() + (isUnreachable ? " applies to no client" : "")
                + ": an earlier profile has the same clients (" + String.join(", ", hidden)
                + "), and the first profile applies");
    }

    private List<String> ofIdentity(ConfiguredProfile each) {
        List<String> soft = each.settings().clients().stream()
                .filter(matcher -> !matcher.isHard())
                .map(ClientMatcher::text)
                .toList();
        String narrower = narrower(each);
        if (narrower.isEmpty() || soft.isEmpty() && !isOtherwise(each)) {
            return List.of();
        }
        if (isOtherwise(each)) {
            return List.of("profile " + each.name()
                    + " applies to every client that no other profile has, and it allows" + " more than " + narrower);
        }
        return List.of("profile " + each.name() + " is chosen by " + String.join(", ", soft)
                + ", which another machine or container on that network can take; it allows more than " + narrower
                + ". A listener, a certificate or a uid is safer");
    }

    private boolean isOtherwise(ConfiguredProfile each) {
        return each.name().equals(profiles.otherwise().name());
    }

    /** Returns the names of the profiles that do not allow all operations of this one. */
    private String narrower(ConfiguredProfile each) {
        Set<String> own = allowed.getOrDefault(each.name(), Set.of());
        return profiles.all().stream()
                .filter(other -> !other.name().equals(each.name()))
                .filter(other -> !other.profile().origin().isNone())
                .filter(other -> !allowed.getOrDefault(other.name(), Set.of()).containsAll(own))
                .map(ConfiguredProfile::name)
                .collect(Collectors.joining(", "));
    }

    private static Set<String> allowed(ConfiguredProfile each, OperationCatalogue catalogue) {
        return catalogue.operations().stream()
                .filter(operation -> each.profile().decide(operation).isAllowed())
                .map(Operation::id)
                .collect(Collectors.toSet());
    }
}
