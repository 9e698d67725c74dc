package org.socketproxy.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;

/**
 * An address to accept connections on.
 *
 * @param host a name or an IP literal without brackets, or empty for every address of the machine
 * @param port 0 lets the system choose
 */
public record ListenAddress(String host, int port) {
    private static final int LARGEST_PORT = 65535;
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "::1", "0:0:0:0:0:0:0:1");

    /** Reads {@code tcp://host:port}; empty if it is anything else. */
    static Optional<ListenAddress> parse(String text) {
        try {
            // A URI without a host is no server's, so give it one to read past.
            boolean isEverywhere = text.startsWith("tcp://:");
            URI uri = new URI(isEverywhere ? text.replaceFirst("tcp://:", "tcp://0:") : text);
            boolean isBare = uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && (uri.getPath() == null || uri.getPath().isEmpty());
            String authority = uri.getAuthority();
            if (!"tcp".equals(uri.getScheme()) || authority == null || !isBare) {
                return Optional.empty();
            }
            int colon = authority.lastIndexOf(':');
            String host = isEverywhere ? "" : authority.substring(0, Math.max(colon, 0));
            int port = Integer.parseInt(authority.substring(colon + 1));
            boolean isNamed = isEverywhere || !host.isEmpty();
            if (!isNamed || port < 0 || port > LARGEST_PORT) {
                return Optional.empty();
            }
            return Optional.of(new ListenAddress(host.replaceAll("[\\[\\]]", ""), port));
        } catch (URISyntaxException | NumberFormatException bad) {
            return Optional.empty();
        }
    }

    /** Whether only this machine can connect to it, as far as its name tells. */
    public boolean isLoopback() {
        return host.startsWith("127.") || LOOPBACK_NAMES.contains(host);
    }

    /** As it is written in a setting, such as {@code tcp://127.0.0.1:2375}. */
    @Override
    public String toString() {
        return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
