package org.socketproxy.policy.create;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.IpAddress;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Checks of published ports.
 *
 * <p>Security: an address is compared as text, because dockerd reads an address that it cannot parse as every address.
 */
public final class PortChecks {
    private static final int LAST_PORT = 65535;

    private PortChecks() {}

    /**
     * Ports of the host, as {@code CREATE_ALLOW=ports} has them.
     *
     * @param address address of the host; empty for every address
     */
    private record Ports(String address, int first, int last) {
        boolean includes(Ports wanted) {
            return (address.isEmpty() || address.equals(wanted.address))
                    && first <= wanted.first
                    && wanted.last <= last;
        }
    }

    /** Returns true for {@code 8000-8999}, {@code 127.0.0.1:8000} and {@code [::1]:8000-8999}. */
    public static boolean isArgument(String text) {
        return allowed(text).isPresent();
    }

    private static Optional<Ports> allowed(String text) {
        int colon = text.lastIndexOf(':');
        String before = text.substring(0, Math.max(colon, 0));
        boolean isV6 = before.startsWith("[") && before.endsWith("]");
        String address = isV6 ? before.substring(1, before.length() - 1) : before;
        int[] range = text.startsWith("0", colon + 1) ? null : range(text.substring(colon + 1));
        return range == null || colon >= 0 && !isAddress(address, isV6)
                ? Optional.empty()
                : Optional.of(new Ports(address, range[0], range[1]));
    }

    private static boolean isAddress(String text, boolean isV6) {
        return text.indexOf(':') >= 0 == isV6
                && text.chars().noneMatch(Character::isUpperCase)
                && IpAddress.parse(text).isPresent();
    }

    /**
     * Checks a map from ports of the container to arrays of ports of the host. dockerd opens a port for an empty array too, when the
     * container starts.
     */
    static void ports(BodyValue ports) {
        for (BodyValue bindings : ports.members()) {
            if (bindings.isZero()) {
                port(bindings, "", "");
            } else {
                bindings.elements()
                        .forEach(binding -> port(binding, binding.text("HostIp"), text(binding.member("HostPort"))));
            }
        }
    }

    /** Checks the ports of a service, which every address of a node gets. */
    static void servicePorts(BodyValue ports) {
        ports.elements().forEach(port -> port(port, "", text(port.member("PublishedPort"))));
    }

    /** Checks ports in the body of Podman's own API: {@code range} ports, beginning with {@code host_port}. */
    static void libpodPorts(BodyValue ports) {
        for (BodyValue port : ports.elements()) {
            port(port, port.text("host_ip"), range(number(port.member("host_port")), number(port.member("range"))));
        }
    }

    private static String number(BodyValue value) {
        return value.json() instanceof JsonNumber number ? number.text() : "0";
    }

    /** Returns the range as text; empty if Podman chooses the port, or the numbers are not ports. */
    private static String range(String first, String count) {
        boolean isOne = count.equals("0") || count.equals("1");
        if (isOne || !isPort(first) || !isPort(count)) {
            return isOne && isPort(first) && !first.equals("0") ? first : "";
        }
        return first + "-" + (Integer.parseInt(first) + Integer.parseInt(count) - 1);
    }

    private static String text(BodyValue port) {
        return port.json() instanceof JsonNumber number && !number.isZero() ? number.text() : port.text();
    }

    /** Each element opens a port, also an empty one: the daemon then chooses the port. */
    private static void port(BodyValue value, String address, String port) {
        Set<String> arguments = value.rules().permissions().arguments(CreatePermission.PORTS);
        int[] range = range(port);
        if (isAllowed(arguments, address, range)) {
            return;
        }
        if (range == null) {
            value.deny("opens a port of the host", CreatePermission.PORTS, null);
            return;
        }
        boolean isV6 = address.indexOf(':') >= 0;
        boolean isExact = isAddress(address, isV6);
        String place = isExact ? (isV6 ? "[" + address + "]" : address) + ":" : "";
        boolean hasExact = arguments != null && arguments.stream().anyMatch(text -> text.indexOf(':') >= 0);
        String at = hasExact ? " at every address" : "";
        value.report(
                Kind.FIELD,
                value.dotted() + " opens port " + port + " of the host" + (isExact ? " at " + address : at),
                new Remedy(
                        "CREATE_ALLOW",
                        CreatePermission.PORTS.word() + ":" + place + port,
                        CreatePermission.PORTS.danger()));
    }

    private static boolean isAllowed(@Nullable Set<String> arguments, String address, int @Nullable [] range) {
        if (arguments == null || arguments.isEmpty() || range == null) {
            return arguments != null && arguments.isEmpty();
        }
        Ports wanted = new Ports(address, range[0], range[1]);
        return arguments.stream()
                .map(PortChecks::allowed)
                .anyMatch(ports -> ports.isPresent() && ports.get().includes(wanted));
    }

    /** Parses {@code 8080} or {@code 8000-8999}; returns null for anything else. */
    static int @Nullable [] range(String text) {
        String[] ends = text.split("-", -1);
        if (ends.length > 2 || !isPort(ends[0]) || !isPort(ends[ends.length - 1])) {
            return null;
        }
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        return first <= last && first >= 1 && last <= LAST_PORT ? new int[] {first, last} : null;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
