package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the daemon's address from {@code DOCKER_HOST}, like the docker CLI, or from {@code SOCKET_PATH}. Two different values are
 * an error.
 */
final class DaemonReader {
    private static final Path DEFAULT = Path.of(Setting.SOCKET_PATH.defaultValue());
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

    private DaemonReader() {}

    static DaemonAddress read(Reading reading) {
        String host = reading.text(Setting.DOCKER_HOST);
        Path socketPath = socketPath(reading, reading.text(Setting.SOCKET_PATH), Setting.SOCKET_PATH);
        DaemonAddress address = host.isEmpty() ? new DaemonAddress.Unix(socketPath, false) : dockerHost(reading, host);
        if (address instanceof DaemonAddress.Unix) {
            refuseTls(reading);
        }
        if (host.isEmpty()) {
            return address;
        }
        boolean isSame =
                address instanceof DaemonAddress.Unix unix && unix.socket().equals(socketPath);
        if (reading.isSet(Setting.SOCKET_PATH) && !isSame) {
            reading.refuse(
                    Setting.DOCKER_HOST,
                    "SOCKET_PATH=" + socketPath
                            + " names another daemon; set only one of the two, or the same in both");
        }
        return address;
    }

    /** Rejects the proxy's own address, which is in {@code DOCKER_HOST} in the shell of a user of the proxy. */
    static void refuseOurselves(Reading reading, DaemonAddress daemon, List<ListenAddress> listen) {
        if (listen.stream().anyMatch(own -> isSame(daemon, own))) {
            reading.refuse(
                    reading.isSet(Setting.DOCKER_HOST) ? Setting.DOCKER_HOST : Setting.SOCKET_PATH,
                    "the proxy itself listens on this address (LISTEN), so it would connect to itself; name the"
                            + " daemon, or unset it");
        }
    }

    /** Rejects TLS settings with a Unix socket, because the administrator would expect TLS. */
    private static void refuseTls(Reading reading) {
        if (reading.isSet(Setting.DOCKER_TLS_VERIFY)) {
            reading.refuse(
                    Setting.DOCKER_TLS_VERIFY, "TLS needs TCP; set DOCKER_HOST to tcp://host:port, or unset this");
        } else {
            refuseUnusedCertificates(reading);
        }
    }

    private static void refuseUnusedCertificates(Reading reading) {
        if (reading.isSet(Setting.DOCKER_CERT_PATH)) {
            reading.refuse(
                    Setting.DOCKER_CERT_PATH,
                    "without TLS it has no effect; set DOCKER_TLS_VERIFY=1 too, or unset this");
        }
    }

    private static boolean isTls(Reading reading) {
        if (reading.isSet(Setting.DOCKER_TLS_VERIFY)) {
            if (!reading.isYes(Setting.DOCKER_TLS_VERIFY)) {
                reading.refuse(
                        Setting.DOCKER_TLS_VERIFY,
                        "the docker CLI reads every value as true; use 1, or unset it for a daemon without TLS");
            }
            return true;
        }
        if (reading.isSet(DOCKER_TLS)) {
            reading.refuse(
                    Setting.DOCKER_TLS_VERIFY,
                    "DOCKER_TLS does not verify the daemon's certificate; unset it, and set this to 1 with the"
                            + " daemon's CA, or its own certificate, as ca.pem in DOCKER_CERT_PATH");
        } else {
            refuseUnusedCertificates(reading);
        }
        return false;
    }

    private static @Nullable Path certificates(Reading reading) {
        String value = reading.text(Setting.DOCKER_CERT_PATH);
        Optional<Path> folder = value.isEmpty()
                ? Parsers.absolutePath(reading.values().getOrDefault(HOME, "")).map(home -> home.resolve(".docker"))
                : Parsers.absolutePath(value);
        if (folder.isEmpty()) {
            reading.refuse(
                    Setting.DOCKER_CERT_PATH,
                    "use the absolute path of the folder of ca.pem, cert.pem and key.pem, such as /certs");
        }
        return folder.orElse(null);
    }

    private static DaemonAddress dockerHost(Reading reading, String value) {
        if (value.startsWith(UNIX)) {
            String path = value.substring(UNIX.length());
            return new DaemonAddress.Unix(
                    path.isEmpty() ? DEFAULT : socketPath(reading, path, Setting.DOCKER_HOST), true);
        }
        if (value.startsWith(TCP)) {
            return tcp(reading, value);
        }
        reading.refuse(Setting.DOCKER_HOST, advice(value));
        return INVALID;
    }

    private static DaemonAddress tcp(Reading reading, String value) {
        boolean isTls = isTls(reading);
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
            reading.refuse(
                    Setting.DOCKER_HOST, FORMS + ", with an IPv6 address in brackets and nothing after the port");
            return INVALID;
        }
        return new DaemonAddress.Tcp(whole.get().host(), whole.get().port(), isTls ? certificates(reading) : null);
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

    private static Path socketPath(Reading reading, String value, Setting setting) {
        String example = setting == Setting.SOCKET_PATH ? DEFAULT.toString() : UNIX + DEFAULT;
        try {
            Path path = Path.of(value);
            if (!path.isAbsolute()) {
                reading.refuse(setting, "use an absolute path, such as " + example);
            }
            return path;
        } catch (InvalidPathException bad) {
            reading.refuse(setting, "this is not a valid path; use a path such as " + example);
            return DEFAULT;
        }
    }

    /** Does not resolve host names. */
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
