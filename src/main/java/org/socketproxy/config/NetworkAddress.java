package org.socketproxy.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port to accept connections on.
 *
 * @param isTls whether TLS is spoken there
 * @param host a name or an IP literal without brackets, or empty for every address of the machine
 * @param port 0 lets the system choose
 */
public record NetworkAddress(boolean isTls, String host, int port) implements ListenAddress {
    static final int LARGEST_PORT = 65535;
    private static final String EVERY_V4 = "0.0.0.0";
    private static final Pattern FORM =
            Pattern.compile("(tcp|tls)://(?:\\[([0-9a-fA-F:.]+)]|([a-zA-Z0-9._-]*)):(\\d{1,5})");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.\\d{1,3}){3}");

    /** Without TLS. */
    public NetworkAddress(String host, int port) {
        this(false, host, port);
    }

    /** Reads {@code tcp://host:port}; empty if it is anything else. */
    static Optional<NetworkAddress> parse(String text) {
        return parseWithTls(text).filter(address -> !address.isTls());
    }

    /**
     * Reads {@code tcp://host:port} or {@code tls://host:port}; empty if it is anything else. An IPv6 literal stands in brackets, since without
     * them nobody can tell where it ends: {@code tcp://::1:2375} could mean every address.
     */
    static Optional<NetworkAddress> parseWithTls(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        String literal = form.group(2);
        int port = Integer.parseInt(form.group(4));
        if (port > LARGEST_PORT || literal != null && literalV6(literal).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new NetworkAddress(form.group(1).equals("tls"), literal == null ? form.group(3) : literal, port));
    }

    /** Whether only this machine can connect to it. No name is looked up: of names, only localhost is known. */
    public boolean isLoopback() {
        return host.toLowerCase(Locale.ROOT).equals("localhost")
                || LOOPBACK_V4.matcher(host).matches()
                || literalV6(host).map(InetAddress::isLoopbackAddress).orElse(false);
    }

    /** Whether it is no address of its own, but all of the machine's. */
    public boolean isEveryAddress() {
        return host.isEmpty() || host.equals(EVERY_V4) || host.equals("::");
    }

    /** Whether it is every IPv4 address of the machine, and no IPv6 address. */
    public boolean isEveryV4() {
        return host.equals(EVERY_V4);
    }

    boolean isV6() {
        return host.contains(":");
    }

    /** The same for IPv4 alone. */
    NetworkAddress withoutV6() {
        return host.isEmpty() ? new NetworkAddress(isTls, EVERY_V4, port) : this;
    }

    /** Whether both cannot be bound at once, as far as can be told without looking up names. */
    boolean overlaps(NetworkAddress other) {
        return port == other.port
                && port != 0
                && (host.equalsIgnoreCase(other.host) || includes(other) || other.includes(this));
    }

    private boolean includes(NetworkAddress other) {
        boolean isOtherFamily = isEveryV4() && other.isV6() && !other.isEveryAddress();
        return isEveryAddress() && !isOtherFamily;
    }

    /** The same host with another port, such as the one that the system chose. */
    public NetworkAddress withPort(int other) {
        return new NetworkAddress(isTls, host, other);
    }

    static Optional<InetAddress> literalV6(String host) {
        try {
            // In brackets it is never taken for a name.
            return host.contains(":") ? Optional.of(InetAddress.getByName("[" + host + "]")) : Optional.empty();
        } catch (UnknownHostException none) {
            return Optional.empty();
        }
    }

    /** As it is written in a setting, such as {@code tcp://127.0.0.1:2375}. */
    @Override
    public String toString() {
        return (isTls ? "tls://" : "tcp://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
