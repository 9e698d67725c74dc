package org.socketproxy.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the status page is, and who may see it.
 *
 * @param isTokenNeeded whether a visitor has to know a token
 * @param token the one that was given, or null if a random one is to be made
 * @param hosts names in lower case that a visitor may call it by, besides localhost and IP addresses
 */
public record StatusSettings(
        NetworkAddress listen,
        boolean isTokenNeeded,
        @Nullable String token,
        Set<String> hosts) {

    public StatusSettings {
        hosts = Set.copyOf(hosts);
    }

    /** Without the token, which belongs in no log. */
    @Override
    public String toString() {
        return "StatusSettings[" + listen + (isTokenNeeded ? " with a token" : "") + "]";
    }
}
