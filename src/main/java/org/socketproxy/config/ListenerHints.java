package org.socketproxy.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.client.ListenerFacts;

/** Finds conditions on clients that are true for no client of any listener, such as a user id without a Unix socket. */
final class ListenerHints {
    private ListenerHints() {}

    /** Returns one sentence for each profile with such conditions. */
    static List<String> of(PolicySettings policy, List<ListenAddress> listen, @Nullable TlsSettings tls) {
        boolean hasCertificates = tls != null && tls.clientAuthorities() != null;
        List<ListenerFacts> listeners =
                listen.stream().map(address -> facts(address, hasCertificates)).toList();
        return policy.all().stream()
                .flatMap(profile -> ofProfile(profile, listeners).stream())
                .toList();
    }

    private static List<String> ofProfile(ProfileSettings profile, List<ListenerFacts> listeners) {
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

    private static ListenerFacts facts(ListenAddress address, boolean hasCertificates) {
        return address instanceof NetworkAddress network
                ? new ListenerFacts(network.name(), false, true, network.isTls() && hasCertificates)
                : new ListenerFacts(address.name(), true, false, false);
    }
}
