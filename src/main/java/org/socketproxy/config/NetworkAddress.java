package org.socketproxy.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TCP address of a listener.
 *
 * @param host a host name or an IP literal without brackets; empty for all addresses of the machine
 * @param port 0 lets the operating system choose
 * @param isPortShared whether several processes of one user can listen on the port ({@code SO_REUSEPORT})
 * @param isInherited whether the process inherits the listening socket
 */
public record NetworkAddress(
        boolean isTls, String host, int port, @Nullable String name, boolean isPortShared, boolean isInherited)
        implements ListenAddress {
    static final int LARGEST_PORT = 65535;
    private static final String EVERY_V4 = "0.0.0.0";
    private static final Pattern FORM =
            Pattern.compile("(tcp|tls)://(?:\\[([0-9a-fA-F:.]+)]|([a-zA-Z0-9._-]*)):(\\d{1,5})");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.\\d{1,3}){3}");

    public NetworkAddress(String host, int port) {
        this(false, host, port, null, false, false);
    }

    /** Parses {@code tcp://host:port}. */
    static Optional<NetworkAddress> parse(String text) {
        return parseWithTls(text).filter(address -> !address.isTls());
    }

    /** Parses {@code tcp://host:port} or {@code tls://host:port}; an IPv6 literal needs brackets. */
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
        return Optional.of(new NetworkAddress(
                form.group(1).equals("tls"), literal == null ? form.group(3) : literal, port, null, false, false));
    }

    /** Resolves no host name but {@code localhost}. */
    public boolean isLoopback() {
        return host.toLowerCase(Locale.ROOT).equals("localhost")
                || LOOPBACK_V4.matcher(host).matches()
                || literalV6(host).map(InetAddress::isLoopbackAddress).orElse(false);
    }

    /** Returns true for the wildcard: empty, {@code 0.0.0.0} and {@code ::}. */
    public boolean isEveryAddress() {
        return host.isEmpty() || host.equals(EVERY_V4) || host.equals("::");
    }

    public boolean isEveryV4() {
        return host.equals(EVERY_V4);
    }

    boolean isV6() {
        return host.contains(":");
    }

    /** Restricts the wildcard to IPv4. */
    NetworkAddress withoutV6() {
        return host.isEmpty() ? new NetworkAddress(isTls, EVERY_V4, port, name, isPortShared, isInherited) : this;
    }

    /** Returns true if both addresses cannot be bound at the same time. Does not resolve host names. */
    boolean overlaps(NetworkAddress other) {
        return port == other.port
                && port != 0
                && (host.equalsIgnoreCase(other.host) || includes(other) || other.includes(this));
    }

    private boolean includes(NetworkAddress other) {
        boolean isOtherFamily = isEveryV4() && other.isV6() && !other.isEveryAddress();
        return isEveryAddress() && !isOtherFamily;
    }

    public NetworkAddress withPort(int other) {
        return new NetworkAddress(isTls, host, other, name, isPortShared, isInherited);
    }

    NetworkAddress with(@Nullable String otherName, boolean isShared, boolean isGiven) {
        return new NetworkAddress(isTls, host, port, otherName, isShared, isGiven);
    }

    static Optional<InetAddress> literalV6(String host) {
        try {
            // InetAddress does not resolve a text in brackets as a host name.
            return host.contains(":") ? Optional.of(InetAddress.getByName("[" + host + "]")) : Optional.empty();
        } catch (UnknownHostException none) {
            return Optional.empty();
        }
    }

    /** Returns the form of the setting, such as {@code tcp://127.0.0.1:2375?name=ci}. */
    @Override
    public String toString() {
        return (isTls ? "tls://" : "tcp://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port
                + ((name == null ? "" : "&name=" + name)
                                + (isPortShared ? "&reuse-port=1" : "")
                                + (isInherited ? "&fd=0" : ""))
                        .replaceFirst("^&", "?");
    }
}
