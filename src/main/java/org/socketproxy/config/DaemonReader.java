package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reads where the daemon is, from {@code DOCKER_HOST} as the docker CLI does, or from {@code SOCKET_PATH}. Neither is more
 * right than the other, so that two that differ are refused.
 */
final class DaemonReader {
    private static final Path DEFAULT = Path.of(Setting.SOCKET_PATH.defaultValue());
    private static final String UNIX = "unix://";
    private static final String TCP = "tcp://";
    /** Docker's own for a daemon without TLS. */
    private static final int PLAIN_PORT = 2375;

    private static final String FORMS =
            "use unix:///path or tcp://host:port, such as unix:///run/user/1000/docker.sock or tcp://docker.example:2375";

    private final Function<Setting, String> values;
    private final Predicate<Setting> isSet;
    private final BiConsumer<Setting, String> refuse;

    /**
     * @param values what a setting says, or its default
     * @param refuse told the setting whose value is wrong, and what would be right
     */
    DaemonReader(Function<Setting, String> values, Predicate<Setting> isSet, BiConsumer<Setting, String> refuse) {
        this.values = values;
        this.isSet = isSet;
        this.refuse = refuse;
    }

    /** The address; any, if it was refused. */
    DaemonAddress read() {
        String host = values.apply(Setting.DOCKER_HOST);
        Path socketPath = socketPath(values.apply(Setting.SOCKET_PATH), Setting.SOCKET_PATH);
        if (host.isEmpty()) {
            return new DaemonAddress.Unix(socketPath, false);
        }
        DaemonAddress address = dockerHost(host);
        boolean isSame =
                address instanceof DaemonAddress.Unix unix && unix.socket().equals(socketPath);
        if (isSet.test(Setting.SOCKET_PATH) && !isSame) {
            refuse.accept(
                    Setting.DOCKER_HOST,
                    "SOCKET_PATH=" + socketPath + " names another daemon; set one of the two, or both to the same");
        }
        return address;
    }

    /** Refuses a daemon that is this proxy: whoever tries the proxy has its address in {@code DOCKER_HOST}. */
    void refuseOurselves(DaemonAddress daemon, List<ListenAddress> listen) {
        if (listen.stream().anyMatch(own -> isSame(daemon, own))) {
            refuse.accept(
                    isSet.test(Setting.DOCKER_HOST) ? Setting.DOCKER_HOST : Setting.SOCKET_PATH,
                    "this proxy itself listens there (LISTEN), so it would ask itself; name the daemon, or unset it");
        }
    }

    private DaemonAddress dockerHost(String value) {
        if (value.startsWith(UNIX)) {
            String path = value.substring(UNIX.length());
            return new DaemonAddress.Unix(path.isEmpty() ? DEFAULT : socketPath(path, Setting.DOCKER_HOST), true);
        }
        if (value.startsWith(TCP)) {
            return tcp(value);
        }
        refuse.accept(Setting.DOCKER_HOST, advice(value));
        return new DaemonAddress.Unix(DEFAULT, true);
    }

    private DaemonAddress tcp(String value) {
        // Compose files and scripts write it with a slash behind, and docker takes it.
        String address = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        Optional<NetworkAddress> whole =
                NetworkAddress.parse(address).or(() -> NetworkAddress.parse(address + ":" + PLAIN_PORT));
        boolean isUsable = whole.isPresent()
                && !whole.get().host().isEmpty()
                && !whole.get().host().startsWith(".")
                && whole.get().port() > 0;
        if (!isUsable) {
            refuse.accept(
                    Setting.DOCKER_HOST, FORMS + ", with an IPv6 address in brackets and nothing behind the port");
            return new DaemonAddress.Unix(DEFAULT, true);
        }
        return new DaemonAddress.Tcp(whole.get().host(), whole.get().port());
    }

    private static String advice(String value) {
        if (value.startsWith("ssh://")) {
            return "ssh:// is not spoken here; forward the socket, such as by ssh -nNT -L /run/far.sock:/var/run/docker.sock"
                    + " user@host, and use unix:///run/far.sock";
        }
        if (value.startsWith("npipe://")) {
            return "named pipes are of Windows alone; let the daemon listen on TCP and use tcp://host:port, or run the"
                    + " proxy where the daemon has a Unix socket";
        }
        return FORMS;
    }

    private Path socketPath(String value, Setting setting) {
        String example = setting == Setting.SOCKET_PATH ? DEFAULT.toString() : UNIX + DEFAULT;
        try {
            Path path = Path.of(value);
            if (!path.isAbsolute()) {
                refuse.accept(setting, "use an absolute path, such as " + example);
            }
            return path;
        } catch (InvalidPathException bad) {
            refuse.accept(setting, "this is no path; use one such as " + example);
            return DEFAULT;
        }
    }

    /** As far as can be told without asking for names. */
    private static boolean isSame(DaemonAddress daemon, ListenAddress own) {
        if (daemon instanceof DaemonAddress.Unix unix) {
            return own instanceof UnixAddress ours && ours.path().equals(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) daemon;
        boolean isHere = new NetworkAddress(tcp.host(), tcp.port()).isLoopback();
        return own instanceof NetworkAddress ours
                && ours.port() == tcp.port()
                && (ours.host().equalsIgnoreCase(tcp.host()) || isHere && (ours.isLoopback() || ours.isEveryAddress()));
    }
}
