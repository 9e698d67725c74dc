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
 * Reads where the daemon is, from {@code DOCKER_HOST} as the docker CLI does, or from {@code SOCKET_PATH}. Neither is more
 * right than the other, so that two that differ are refused.
 */
final class DaemonReader {
    private static final Path DEFAULT = Path.of(Setting.SOCKET_PATH.defaultValue());
    /** In place of what was refused. */
    private static final DaemonAddress NOWHERE = new DaemonAddress.Tcp("nowhere", 1, null);

    private static final String UNIX = "unix://";
    private static final String TCP = "tcp://";
    /** Docker's own for a daemon without TLS, and with it. */
    private static final int PLAIN_PORT = 2375;

    private static final int TLS_PORT = 2376;
    /** Not settings, but what docker reads besides. */
    private static final String DOCKER_TLS = "DOCKER_TLS";

    private static final String HOME = "HOME";

    private static final String FORMS =
            "use unix:///path or tcp://host:port, such as unix:///run/user/1000/docker.sock or tcp://docker.example:2375";

    private final Map<String, String> environment;
    private final Function<Setting, String> values;
    private final BiConsumer<Setting, String> refuse;

    /**
     * @param values what a setting says, or its default
     * @param refuse told the setting whose value is wrong, and what would be right
     */
    DaemonReader(
            Map<String, String> environment, Function<Setting, String> values, BiConsumer<Setting, String> refuse) {
        this.environment = environment;
        this.values = values;
        this.refuse = refuse;
    }

    /** The address; any, if it was refused. */
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
                    "SOCKET_PATH=" + socketPath + " names another daemon; set one of the two, or both to the same");
        }
        return address;
    }

    /** Refuses a daemon that is this proxy: whoever tries the proxy has its address in {@code DOCKER_HOST}. */
    void refuseOurselves(DaemonAddress daemon, List<ListenAddress> listen) {
        if (listen.stream().anyMatch(own -> isSame(daemon, own))) {
            refuse.accept(
                    isSet(Setting.DOCKER_HOST) ? Setting.DOCKER_HOST : Setting.SOCKET_PATH,
                    "this proxy itself listens there (LISTEN), so it would ask itself; name the daemon, or unset it");
        }
    }

    private boolean isSet(Setting setting) {
        return isSet(setting.name());
    }

    private boolean isSet(String name) {
        return !environment.getOrDefault(name, "").isBlank();
    }

    /** Whoever asks for TLS must not believe to have it. */
    private void refuseTls() {
        if (isSet(Setting.DOCKER_TLS_VERIFY)) {
            refuse.accept(
                    Setting.DOCKER_TLS_VERIFY,
                    "TLS is spoken over TCP alone; set DOCKER_HOST to tcp://host:port, or unset this");
        } else {
            refuseUnusedCertificates();
        }
    }

    private void refuseUnusedCertificates() {
        if (isSet(Setting.DOCKER_CERT_PATH)) {
            refuse.accept(
                    Setting.DOCKER_CERT_PATH, "it is not used without TLS; set DOCKER_TLS_VERIFY=1 too, or unset this");
        }
    }

    private boolean isTls() {
        if (isSet(Setting.DOCKER_TLS_VERIFY)) {
            if (!BooleanSetting.isYes(values.apply(Setting.DOCKER_TLS_VERIFY))) {
                refuse.accept(
                        Setting.DOCKER_TLS_VERIFY,
                        "docker takes every value for yes; use 1, or unset it for a daemon without TLS");
            }
            return true;
        }
        if (isSet(DOCKER_TLS)) {
            refuse.accept(
                    Setting.DOCKER_TLS_VERIFY,
                    "DOCKER_TLS asks for TLS with whoever answers, which guards nothing; unset it, and set this to 1 with the"
                            + " daemon's authority, or its own certificate, as ca.pem in DOCKER_CERT_PATH");
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
            // Said below.
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
        return NOWHERE;
    }

    private DaemonAddress tcp(String value) {
        boolean isTls = isTls();
        int port = isTls ? TLS_PORT : PLAIN_PORT;
        // Compose files and scripts write it with a slash behind, and docker takes it.
        String address = value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
        Optional<NetworkAddress> whole =
                NetworkAddress.parse(address).or(() -> NetworkAddress.parse(address + ":" + port));
        boolean isUsable = whole.isPresent()
                && !whole.get().host().isEmpty()
                && !whole.get().host().startsWith(".")
                && whole.get().port() > 0;
        if (!isUsable) {
            refuse.accept(
                    Setting.DOCKER_HOST, FORMS + ", with an IPv6 address in brackets and nothing behind the port");
            return NOWHERE;
        }
        return new DaemonAddress.Tcp(whole.get().host(), whole.get().port(), isTls ? certificates() : null);
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
