package org.socketproxy.config;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Address and access rules of the status page.
 *
 * @param listen address of the page's listener
 * @param isTokenNeeded whether the page requires a token
 * @param token the configured token, or null to generate a random token
 * @param hosts allowed host names in lower case, in addition to localhost and IP addresses
 */
public record StatusSettings(
        NetworkAddress listen,
        boolean isTokenNeeded,
        @Nullable String token,
        Set<String> hosts) {

    public StatusSettings {
        hosts = Set.copyOf(hosts);
    }

    /** Omits the token, which must not appear in a log. */
    @Override
    public String toString() {
        return "StatusSettings[" + listen + (isTokenNeeded ? " with a token" : "") + "]";
    }
}
