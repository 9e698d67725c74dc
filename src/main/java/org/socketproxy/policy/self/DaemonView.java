package org.socketproxy.policy.self;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.socketproxy.client.IpAddress;
import org.socketproxy.client.IpNetwork;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;

/**
 * Networks of a daemon at one time, and the container of the proxy in them.
 *
 * @param own empty if the proxy runs in no container, or it is not known
 */
public record DaemonView(List<Network> networks, Optional<ListedContainer> own) {
    /** Before the first answer. */
    public static final DaemonView NONE = new DaemonView(List.of(), Optional.empty());

    /** All networks. */
    public static final ListQuery<List<Network>> ALL_NETWORKS = new ListQuery<>() {
        @Override
        public String target() {
            return "/networks";
        }

        @Override
        public ResponseReader<List<Network>> reader() {
            return new NetworkReader();
        }
    };

    private static final Set<String> MEMBERS = Set.of("Id", "Name", "IPAM", "Config", "Config.*", "Subnet", "Gateway");
    private static final String DEFAULT = "bridge";
    /** Names of the default network in requests. Podman lists its default network under Docker's name, except in containers. */
    private static final Set<String> WORDS = Set.of(DEFAULT, "default", "podman", "");
    /** Memory for a network and a subnet without the characters of their names. */
    private static final int NETWORK_BYTES = 250;

    private static final int SUBNET_BYTES = 150;

    public DaemonView {
        networks = List.copyOf(networks);
    }

    private static final class NetworkReader extends ResponseReader<List<Network>> {
        private final List<Network> networks = new ArrayList<>();

        NetworkReader() {
            super(JsonElements.ARRAY, MEMBERS);
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            JsonObject json = ListedContainer.object(element);
            Network network = network(json);
            networks.add(network);
            return NETWORK_BYTES
                    + json.text("Name").length()
                    + SUBNET_BYTES * network.subnets().size();
        }

        @Override
        protected List<Network> result() {
            return List.copyOf(networks);
        }
    }

    /** Reads the daemon's response to NetworkInspect; empty if it does not describe a network. */
    public static Optional<Network> inspected(ByteBuffer inspect) {
        Network network = network(StrictJson.object(inspect));
        return network.id().isEmpty() ? Optional.empty() : Optional.of(network);
    }

    private static Network network(JsonObject network) {
        List<IpNetwork> subnets = new ArrayList<>();
        List<IpAddress> gateways = new ArrayList<>();
        for (JsonObject config : network.object("IPAM").elements("Config")) {
            IpNetwork.read(config.text("Subnet")).ifPresent(subnets::add);
            IpAddress.parse(config.text("Gateway")).ifPresent(gateways::add);
        }
        String name = network.text("Name");
        return new Network(network.text("Id"), name.equals(DEFAULT) ? WORDS : Set.of(name), subnets, gateways);
    }

    /** Returns the networks by the names that containers have for them. */
    public Map<String, Network> byName() {
        Map<String, Network> byName = new HashMap<>();
        networks.forEach(network -> network.names().forEach(name -> byName.putIfAbsent(name, network)));
        return byName;
    }

    /**
     * A network as the daemon describes it.
     *
     * @param id full id
     * @param names the name, and for the default network the words that select it
     * @param subnets addresses of its containers
     * @param gateways addresses of the host in it
     */
    public record Network(String id, Set<String> names, List<IpNetwork> subnets, List<IpAddress> gateways) {
        public Network {
            names = Set.copyOf(names);
            subnets = List.copyOf(subnets);
            gateways = List.copyOf(gateways);
        }

        /** Returns true if a daemon may read the reference as this network: its name, its id, or the beginning of its id. */
        boolean isNamed(String reference) {
            return References.isOf(id, names, reference);
        }
    }
}
