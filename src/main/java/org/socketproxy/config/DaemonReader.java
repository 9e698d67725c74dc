package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the daemon's address from {@code DOCKER_HOST}, like the docker CLI, or from {@code SOCKET_PATH}; different
 * values in both are an error.
 */
final class DaemonReader {
    private static final Path DEFAULT = Path.of(Setting.SOCKET_PATH.defaultValue());
    /** Placeholder for an invalid address. */
    private static final DaemonAddress INVALID = new DaemonAddress.Tcp("invalid", 1, null);

    private static final String UNIX = "unix://";
    private static final String TCP = "tcp://";
    /** Default ports of the docker CLI, without and with TLS. */
    private static final int PLAIN_PORT = 2375;

    private static final int TLS_PORT = 2376;
    /** Environment variables of the docker CLI that are not settings of the proxy. */
    private static final String DOCKER_TLS = "DOCKER_TLS";

    private static final String HOME = "HOME";

    private static final String FORMS =
            "use unix:///path or tcp://host:port, such as unix:///run/user/1000/docker.sock or"
                    + " tcp://docker.example:2375";

    private final Map<String, String> environment;
    private final Function<Setting, String> values;
    private final BiConsumer<Setting, String> refuse;

    /**
     * @param values returns a setting's value or its default
     * @param refuse receives each setting with an invalid value, and the fix
     */
    DaemonReader(
            Map<String, String> environment, Function<Setting, String> values, BiConsumer<Setting, String> refuse) {
        this.environment = environment;
        this.values = values;
        this.refuse = refuse;
    }

    /** Returns the daemon's address, or a placeholder if it is invalid. */
    DaemonAddress read() {
        String host = values.apply(Setting.DOCKER_HOST);
        Path socketPath = socketPath(values.apply(Setting.SOCKET_PATH), Setting.SOCKET_PATH);
        DaemonAddress address = host.isEmpty() ? new DaemonAddress.Unix(socketPath, false) : dockerHost(host);
        if (address instanceof DaemonAddress.Unix) {
            refuseTls();
        }
        if (host.isEmpty()) {
            return address;
        }
        boolean isSame =
                address instanceof DaemonAddress.Unix unix && unix.socket().equals(socketPath);
        if (isSet(Setting.SOCKET_PATH) && !isSame) {
            refuse.accept(
                    Setting.DOCKER_HOST,
                    "SOCKET_PATH=" + socketPath
                            + " names another daemon; set only one of the two, or the same in both");
        }
        return address;
    }

    /** Rejects the proxy's own address: {@code DOCKER_HOST} contains it in the shell of a user who tries the proxy. */
    void refuseOurselves(DaemonAddress daemon, List<ListenAddress> listen) {
        if (listen.stream().anyMatch(own -> isSame(daemon, own))) {
            refuse.accept(
                    isSet(Setting.DOCKER_HOST) ? Setting.DOCKER_HOST : Setting.SOCKET_PATH,
                    "the proxy itself listens on this address (LISTEN), so it would connect to itself; name the"
                            + " daemon, or unset it");
        }
    }

    private boolean isSet(Setting setting) {
        return isSet(setting.name());
    }

    private boolean isSet(String name) {
        return !environment.getOrDefault(name, "").isBlank();
    }

    /** Rejects TLS settings with a Unix socket, because the administrator would expect TLS. */
    private void refuseTls() {
        if (isSet(Setting.DOCKER_TLS_VERIFY)) {
            refuse.accept(
                    Setting.DOCKER_TLS_VERIFY, "TLS needs TCP; set DOCKER_HOST to tcp://host:port, or unset this");
        } else {
            refuseUnusedCertificates();
        }
    }

    private void refuseUnusedCertificates() {
        if (isSet(Setting.DOCKER_CERT_PATH)) {
            refuse.accept(
                    Setting.DOCKER_CERT_PATH,
                    "without TLS it has no effect; set DOCKER_TLS_VERIFY=1 too, or unset this");
        }
    }

    private boolean isTls() {
        if (isSet(Setting.DOCKER_TLS_VERIFY)) {
            if (!BooleanSetting.isYes(values.apply(Setting.DOCKER_TLS_VERIFY))) {
                refuse.accept(
                        Setting.DOCKER_TLS_VERIFY,
                        "the docker CLI reads every value as true; use 1, or unset it for a daemon without TLS");
            }
            return true;
        }
        if (isSet(DOCKER_TLS)) {
            refuse.accept(
                    Setting.DOCKER_TLS_VERIFY,
                    "DOCKER_TLS does not verify the daemon's certificate; unset it, and set this to 1 with the"
                            + " daemon's CA, or its own certificate, as ca.pem in DOCKER_CERT_PATH");
        } else {
            refuseUnusedCertificates();
        }
        return false;
    }

    private @Nullable Path certificates() {
        String value = values.apply(Setting.DOCKER_CERT_PATH);
        boolean isNamed = !value.isEmpty();
        String advice = "use the absolute path of the folder of ca.pem, cert.pem and key.pem, such as /certs";
        try {
            Path folder = isNamed
                    ? Path.of(value)
                    : Path.of(environment.getOrDefault(HOME, "")).resolve(".docker");
            if (folder.isAbsolute()) {
                return folder;
            }
        } catch (InvalidPathException none) {
            // Reported below.
        }
        refuse.accept(Setting.DOCKER_CERT_PATH, advice);
        return null;
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
        return INVALID;
    }

    private DaemonAddress tcp(String value) {
        boolean isTls = isTls();
        int port = isTls ? TLS_PORT : PLAIN_PORT;
        // The docker CLI accepts a trailing slash, which compose files and scripts contain.
        String address = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        Optional<NetworkAddress> whole =
                NetworkAddress.parse(address).or(() -> NetworkAddress.parse(address + ":" + port));
        boolean isUsable = whole.isPresent()
                && !whole.get().host().isEmpty()
                && !whole.get().host().startsWith(".")
                && whole.get().port() > 0;
        if (!isUsable) {
            refuse.accept(Setting.DOCKER_HOST, FORMS + ", with an IPv6 address in brackets and nothing after the port");
            return INVALID;
        }
        return new DaemonAddress.Tcp(whole.get().host(), whole.get().port(), isTls ? certificates() : null);
    }

    private static String advice(String value) {
        if (value.startsWith("ssh://")) {
            return "ssh:// is not supported; forward the socket, for example with"
                    + " ssh -nNT -L /run/remote.sock:/var/run/docker.sock user@host, and use unix:///run/remote.sock";
        }
        if (value.startsWith("npipe://")) {
            return "named pipes are not supported; let the daemon listen on TCP and use tcp://host:port, or run the"
                    + " proxy on a system where the daemon has a Unix socket";
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
            refuse.accept(setting, "this is not a valid path; use a path such as " + example);
            return DEFAULT;
        }
    }

    /** Compares the addresses without resolving host names. */
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
