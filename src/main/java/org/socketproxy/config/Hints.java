package org.socketproxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.ClientMatcher.ListenerFacts;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreateRules;

/** Describes unexpected effects of a valid configuration, one sentence each. */
final class Hints {
    private Hints() {}

    static List<String> of(
            Reading reading, PolicySettings policy, List<ListenAddress> listen, Settings.@Nullable Tls tls) {
        List<String> hints = new ArrayList<>();
        for (ProfileSettings profile : policy.all()) {
            String prefix = policy.isOfFile() ? "profile " + profile.name() + ": " : "";
            ofVariables(profile).forEach(hint -> hints.add(prefix + hint));
        }
        boolean areFilesGiven = Stream.of(Setting.TLS_CERT, Setting.TLS_KEY, Setting.TLS_CLIENT_CA)
                .anyMatch(reading::isSet);
        if (areFilesGiven && tls == null) {
            hints.add("TLS_CERT, TLS_KEY and TLS_CLIENT_CA apply only to tls:// addresses, and LISTEN has none:"
                    + " connections are not encrypted, and clients need no certificate");
        }
        if (!policy.leases().isEmpty() && !reading.isSet(Setting.LEASES)) {
            hints.add("the policy file has leases, and LEASES names no folder, so that none can be opened");
        }
        List<ListenerFacts> listeners = listeners(listen, tls);
        policy.all().forEach(profile -> hints.addAll(ofClients(profile, listeners)));
        return hints;
    }

    private static List<String> ofVariables(ProfileSettings profile) {
        List<String> hints = new ArrayList<>();
        Set<String> granted = profile.granted();
        List<String> missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .toList();
        Preset preset = profile.grants().preset();
        if (preset != null) {
            preset.without().forEach((variable, effect) -> {
                if (!granted.contains(variable)) {
                    hints.add(variable + "=0 with PRESET=" + preset.name() + ": " + effect);
                }
            });
        }
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (isBuildWanted && !missing.isEmpty()) {
            hints.add("docker build needs BUILD, SESSION, GRPC and POST together; without "
                    + String.join(" and ", missing) + " buildx hides the denial and uses another driver");
        }
        CreateRules create = profile.create();
        if (create != null && create.isSetUidPossible()) {
            hints.add(
                    "CREATE_REQUIRE has non-root without no-new-privileges: a set-uid file of the image, such as su, makes"
                            + " its user root in the container; add no-new-privileges");
        }
        return hints;
    }

    /** Finds conditions that no client of any listener meets, such as a user id without a Unix socket. */
    private static List<String> ofClients(ProfileSettings profile, List<ListenerFacts> listeners) {
        List<String> impossible = profile.clients().stream()
                .filter(client -> listeners.stream().noneMatch(client::isPossibleAt))
                .map(ClientMatcher::text)
                .toList();
        if (impossible.isEmpty()) {
            return List.of();
        }
        boolean isUnreachable = impossible.size() == profile.clients().size();
        return List.of("profile " + profile.name() + (isUnreachable ? " applies to no client" : "")
                + ": no listener in LISTEN has such clients (" + String.join(", ", impossible) + ")");
    }

    static List<ListenerFacts> listeners(List<ListenAddress> listen, Settings.@Nullable Tls tls) {
        return listen.stream().map(address -> facts(address, tls)).toList();
    }

    private static ListenerFacts facts(ListenAddress address, Settings.@Nullable Tls tls) {
        boolean hasCertificates = tls != null && tls.clientAuthorities() != null;
        return address instanceof NetworkAddress network
                ? new ListenerFacts(network.name(), false, true, network.isTls() && hasCertificates)
                : new ListenerFacts(address.name(), true, false, false);
    }
}
