package org.socketproxy.testing;

import java.nio.file.Path;
import java.util.Map;

/**
 * Network namespace with one address of its own, connected with this machine by a pair of virtual Ethernet devices. Needs
 * root and iproute2.
 */
public final class NetworkNamespace implements AutoCloseable {
    private final String name;
    private final int network;

    private NetworkNamespace(String name, int network) {
        this.name = name;
        this.network = network;
    }

    /**
     * Creates a namespace in the network {@code 198.18.NETWORK.0/24}, a range for tests (RFC 2544).
     *
     * @param network from 0 to 255; two namespaces of one machine need different ones
     */
    public static NetworkNamespace create(int network) {
        Programs.assumeInstalled("ip");
        NetworkNamespace created =
                new NetworkNamespace("sp" + ProcessHandle.current().pid() % 100_000 + "-" + network, network);
        String outer = created.name + "h";
        String inner = created.name + "c";
        created.host("ip netns add " + created.name + "\n"
                + "ip link add " + outer + " type veth peer name " + inner + " netns " + created.name + "\n"
                + "ip address add " + created.hostAddress() + "/24 dev " + outer + "\n"
                + "ip link set " + outer + " up\n"
                + "ip -n " + created.name + " address add " + created.address() + "/24 dev " + inner + "\n"
                + "ip -n " + created.name + " link set " + inner + " up\n"
                + "ip -n " + created.name + " link set lo up");
        return created;
    }

    private void host(String script) {
        Cli.Result done = Cli.in(Path.of("/"), Map.of()).script(script);
        if (done.exitCode() != 0) {
            close();
            throw new IllegalStateException(script + "\n" + done.stderr());
        }
    }

    /** The address of programs in the namespace. */
    public String address() {
        return "198.18." + network + ".2";
    }

    /** The address of this machine in the same network. */
    public String hostAddress() {
        return "198.18." + network + ".1";
    }

    /** Adds a route in the namespace, such as {@code 198.18.1.1 via 198.18.2.1}. */
    public void route(String route) {
        host("ip -n " + name + " route add " + route);
    }

    /** Connects it directly with another namespace; both get an address of {@link #peerAddress}. */
    public void connect(NetworkNamespace other) {
        host("ip -n " + name + " link add peer type veth peer name peer netns " + other.name + "\n"
                + "ip -n " + name + " address add " + peerAddress(0) + "/29 dev peer\n"
                + "ip -n " + other.name + " address add " + peerAddress(1) + "/29 dev peer\n"
                + "ip -n " + name + " link set peer up\n"
                + "ip -n " + other.name + " link set peer up");
    }

    /** The addresses of {@link #connect}: 0 is this namespace, 1 the other one. */
    public String peerAddress(int side) {
        return "198.19." + network + "." + (side + 1);
    }

    /** The file of the namespace, for {@code nsenter}. */
    public Path file() {
        return Path.of("/run/netns", name);
    }

    /** Returns a command that runs in the namespace. */
    public String[] command(String... command) {
        String[] complete = new String[command.length + 4];
        System.arraycopy(new String[] {"ip", "netns", "exec", name}, 0, complete, 0, 4);
        System.arraycopy(command, 0, complete, 4, command.length);
        return complete;
    }

    /** Removes the namespace, and with it both devices. */
    @Override
    public void close() {
        Cli.in(Path.of("/"), Map.of()).script("ip netns del " + name + " || true");
    }
}
