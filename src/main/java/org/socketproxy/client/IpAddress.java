package org.socketproxy.client;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * IP address as numbers, without scope, so that a comparison allocates nothing. An IPv4-mapped IPv6 address
 * ({@code ::ffff:192.0.2.1}) counts as IPv4.
 *
 * @param high the first 64 bits of an IPv6 address; 0 for IPv4
 * @param low the last 64 bits of an IPv6 address, or the 32 bits of an IPv4 address
 */
public record IpAddress(boolean isV4, long high, long low) {
    private static final Pattern V4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** The JDK represents an IPv4-mapped address as IPv4. */
    public static IpAddress of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? new IpAddress(true, 0, Integer.toUnsignedLong(bytes.getInt()))
                : new IpAddress(false, bytes.getLong(), bytes.getLong());
    }

    /** Returns null if it is not an Internet address. */
    public static @Nullable IpAddress of(@Nullable SocketAddress socket) {
        return socket instanceof InetSocketAddress internet && internet.getAddress() != null
                ? of(internet.getAddress())
                : null;
    }

    /** Parses an IP literal without brackets and scope. Never resolves a host name. */
    public static Optional<IpAddress> parse(String text) {
        boolean isV6 = V6.matcher(text).matches();
        if (!isV6 && !V4.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            // The JDK does not resolve a text in brackets, or one of the form of V4.
            return Optional.of(of(InetAddress.getByName(isV6 ? "[" + text + "]" : text)));
        } catch (UnknownHostException outOfRange) {
            return Optional.empty();
        }
    }

    public boolean isLoopback() {
        return isV4 ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    /** Returns lower-case letters, such as {@code 192.0.2.1} or {@code fd00:0:0:0:0:0:0:1}. */
    @Override
    public String toString() {
        ByteBuffer bytes = isV4
                ? ByteBuffer.allocate(Integer.BYTES).putInt((int) low)
                : ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low);
        try {
            return InetAddress.getByAddress(bytes.array()).getHostAddress();
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("Wrong length of an address", impossible);
        }
    }
}
