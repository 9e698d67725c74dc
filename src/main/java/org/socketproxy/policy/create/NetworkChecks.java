package org.socketproxy.policy.create;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonPointers;

/** Checks of networks and host names. */
final class NetworkChecks {
    /** Name or id of a network, and the words {@code default}, {@code none}, {@code bridge}, {@code private}. */
    private static final Pattern NETWORK_NAME = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_. -]*");

    private static final Set<String> NETWORKS_OF_BUILDS = Set.of("default", "bridge", "none");

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
        } else if (!NETWORKS_OF_BUILDS.contains(mode) && !(value.rules().facts().isConfined() && isName(mode))) {
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
            if (isGateway(host)) {
                host.require(CreatePermission.HOST_GATEWAY, "uses host-gateway");
            }
        }
    }

    static boolean isGateway(BodyValue host) {
        return host.text().toLowerCase(Locale.ROOT).contains(HOST_GATEWAY);
    }
}
