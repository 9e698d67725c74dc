package org.socketproxy.client;

import java.util.Optional;

/**
 * Network in CIDR notation, of IPv4 or IPv6 addresses.
 *
 * @param address the first address
 * @param prefix number of common leading bits
 */
public record IpNetwork(IpAddress address, int prefix) {
    private static final int BITS_V4 = 32;
    private static final int BITS_V6 = 128;
    /** Length of the prefix ::ffff:0:0/96 of the IPv4-mapped addresses. */
    private static final int MAPPED_BITS = BITS_V6 - BITS_V4;

    /**
     * Parses {@code 172.20.0.0/24}, {@code fd00::/8} or one address.
     *
     * @throws IllegalArgumentException with a message for the administrator
     */
    static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        IpAddress address = IpAddress.parse(literal)
                .orElseThrow(() -> new IllegalArgumentException("\"" + literal + "\" is not an IP address;"
                        + " use an address or a network, such as 172.20.0.0/24 or fd00::/8"));
        boolean isMapped = address.isV4() && literal.contains(":");
        int most = address.isV4() && !isMapped ? BITS_V4 : BITS_V6;
        int prefix = slash < 0 ? most : prefix(text.substring(slash + 1), most);
        if (isMapped) {
            if (prefix < MAPPED_BITS) {
                throw new IllegalArgumentException("\"" + text + "\" mixes IPv4 and IPv6 addresses;"
                        + " an IPv4-mapped address needs a prefix from " + MAPPED_BITS + " to " + BITS_V6
                        + ". Use the IPv4 network instead");
            }
            prefix -= MAPPED_BITS;
        }
        IpNetwork network = new IpNetwork(address, prefix);
        IpAddress first = network.first();
        if (!first.equals(address)) {
            throw new IllegalArgumentException("\"" + text + "\" has bits after the prefix; use " + first + "/" + prefix
                    + " for the network, or " + address + " for the address");
        }
        return network;
    }

    /** Parses the form of the daemons, also with bits after the prefix. */
    public static Optional<IpNetwork> read(String text) {
        int slash = text.indexOf('/');
        Optional<IpAddress> address = slash < 0 ? Optional.empty() : IpAddress.parse(text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        boolean isMapped = address.get().isV4() && text.contains(":");
        try {
            int prefix = prefix(text.substring(slash + 1), address.get().isV4() && !isMapped ? BITS_V4 : BITS_V6);
            int bits = isMapped ? Math.max(prefix - MAPPED_BITS, 0) : prefix;
            return Optional.of(new IpNetwork(new IpNetwork(address.get(), bits).first(), bits));
        } catch (IllegalArgumentException invalid) {
            return Optional.empty();
        }
    }

    /** Returns the network of an address; a prefix that is too long for IPv4 means the address. */
    public static IpNetwork around(IpAddress address, int prefix) {
        int bits = address.isV4() ? Math.min(prefix, BITS_V4) : prefix;
        return new IpNetwork(new IpNetwork(address, bits).first(), bits);
    }

    public boolean overlaps(IpNetwork other) {
        return contains(other.address) || other.contains(address);
    }

    private static int prefix(String digits, int most) {
        if (!digits.matches("0|[1-9]\\d{0,2}") || Integer.parseInt(digits) > most) {
            throw new IllegalArgumentException(
                    "\"" + digits + "\" is not a prefix length; use a number from 0 to " + most);
        }
        return Integer.parseInt(digits);
    }

    public boolean contains(IpAddress other) {
        if (other.isV4() != address.isV4()) {
            return false;
        }
        return ((other.high() ^ address.high()) & highMask()) == 0 && ((other.low() ^ address.low()) & lowMask()) == 0;
    }

    boolean contains(IpNetwork other) {
        return other.prefix >= prefix && contains(other.address);
    }

    private IpAddress first() {
        return new IpAddress(address.isV4(), address.high() & highMask(), address.low() & lowMask());
    }

    private long highMask() {
        return address.isV4() ? 0 : mask(Math.min(prefix, Long.SIZE));
    }

    private long lowMask() {
        return address.isV4()
                ? mask(prefix + Long.SIZE - BITS_V4) & 0xffff_ffffL
                : mask(Math.max(prefix - Long.SIZE, 0));
    }

    /** @param ones leading ones, from 0 to 64 */
    private static long mask(int ones) {
        return ones == 0 ? 0 : -1L << (Long.SIZE - ones);
    }

    boolean isOneAddress() {
        return prefix == (address.isV4() ? BITS_V4 : BITS_V6);
    }

    @Override
    public String toString() {
        return isOneAddress() ? address.toString() : address + "/" + prefix;
    }
}
