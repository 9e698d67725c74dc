package org.socketproxy.policy.create;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue.JsonNumber;

/** Checks of networks, published ports and host names. */
final class NetworkChecks {
    /** Name or id of a network, and the words {@code default}, {@code none}, {@code bridge}, {@code private}. */
    private static final Pattern NETWORK_NAME = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_. -]*");

    private static final Set<String> NETWORKS_OF_BUILDS = Set.of("default", "bridge", "none");

    private static final int LAST_PORT = 65535;
    private static final String HOST_GATEWAY = "host-gateway";

    private NetworkChecks() {}

    static boolean isName(String text) {
        return NETWORK_NAME.matcher(text).matches();
    }

    /** Checks the name of a network. */
    static void network(BodyValue value) {
        network(value, value.text());
    }

    /** Checks a map that has the names of networks as keys. */
    static void networks(BodyValue value) {
        value.object().members().keySet().forEach(name -> network(value.member(name), name));
    }

    private static void network(BodyValue value, String name) {
        if (name.equals(NamespaceChecks.HOST)) {
            value.require(CreatePermission.HOST_NETWORK, "is the network of the host");
        } else if (!name.isEmpty() && !isName(name)) {
            value.deny("is not the name of a network");
        }
    }

    /**
     * Checks the network of a service. The daemon also accepts an id or the beginning of an id, and the network of the host has one:
     * only a name that cannot be a part of an id is known to be another network.
     */
    static void serviceNetwork(BodyValue value) {
        String name = value.text();
        boolean mayBeId = name.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'z');
        if (mayBeId && !name.isEmpty() && !name.equals(NamespaceChecks.HOST)) {
            value.require(
                    CreatePermission.HOST_NETWORK,
                    "may be the id of the host's network; use a name with a hyphen or an underscore");
        } else {
            network(value, name);
        }
    }

    /** Checks the network of the steps of a build. Only a confined client can name a network, which then has to be its own. */
    static void ofBuild(BodyValue value) {
        String mode = value.text();
        if (mode.equals(NamespaceChecks.HOST)) {
            value.require(CreatePermission.BUILD_NETWORK_HOST, "is host");
        } else if (!NETWORKS_OF_BUILDS.contains(mode) && !(value.rules().isConfined() && isName(mode))) {
            value.deny("is not default, bridge or none; a network needs TARGETS, which select it");
        }
    }

    /** Checks the driver of a network: {@code bridge}, which is the default, is harmless. */
    static void driver(BodyValue value) {
        String driver = value.text();
        if (!driver.isEmpty() && !driver.equals("bridge")) {
            String problem = "is the network driver " + JsonPointers.printable(driver);
            value.require(CreatePermission.NETWORK_DRIVER, driver, problem);
        }
    }

    /** Checks the host names of a container: only the word {@code host-gateway}, the address of the host, is denied. */
    static void extraHosts(BodyValue hosts) {
        for (BodyValue host : hosts.strings()) {
            if (host.text().toLowerCase(Locale.ROOT).contains(HOST_GATEWAY)) {
                host.require(CreatePermission.HOST_GATEWAY, "uses host-gateway");
            }
        }
    }

    /**
     * Checks a map from ports of the container to arrays of ports of the host. dockerd opens a port for an empty array too, when the
     * container starts.
     */
    static void ports(BodyValue ports) {
        for (BodyValue bindings : ports.members()) {
            if (bindings.isZero()) {
                port(bindings, "");
            } else {
                bindings.elements().forEach(binding -> port(binding, text(binding.member("HostPort"))));
            }
        }
    }

    /** Checks the ports of a service. */
    static void servicePorts(BodyValue ports) {
        ports.elements().forEach(port -> port(port, text(port.member("PublishedPort"))));
    }

    /** Checks ports in the body of Podman's own API: {@code range} ports, beginning with {@code host_port}. */
    static void libpodPorts(BodyValue ports) {
        for (BodyValue port : ports.elements()) {
            port(port, range(number(port.member("host_port")), number(port.member("range"))));
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
    private static void port(BodyValue value, String port) {
        if (!isAllowed(value.rules().permissions().arguments(CreatePermission.PORTS), port)) {
            boolean isPlain = range(port) != null;
            value.deny(
                    isPlain ? "opens port " + port + " of the host" : "opens a port of the host",
                    CreatePermission.PORTS,
                    isPlain ? port : null);
        }
    }

    private static boolean isAllowed(@Nullable Set<String> ranges, String port) {
        if (ranges == null) {
            return false;
        }
        int[] wanted = range(port);
        return ranges.isEmpty()
                || wanted != null
                        && ranges.stream().anyMatch(text -> {
                            int[] allowed = range(text);
                            return allowed != null && allowed[0] <= wanted[0] && wanted[1] <= allowed[1];
                        });
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
