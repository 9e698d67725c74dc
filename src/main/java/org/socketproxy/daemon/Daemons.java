package org.socketproxy.daemon;

import org.jspecify.annotations.Nullable;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.tls.DaemonCredentials;

/** Creates a {@link Daemon} from its configured address. */
public final class Daemons {
    private Daemons() {}

    /**
     * Creates the daemon, which may not be reachable yet.
     *
     * @param credentials the CAs and the client certificate for TLS, or null for a connection without TLS
     */
    public static Daemon of(DaemonAddress address, @Nullable DaemonCredentials credentials) {
        if (address instanceof DaemonAddress.Unix unix) {
            return Daemon.at(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) address;
        return credentials == null
                ? Daemon.at(tcp.host(), tcp.port())
                : Daemon.at(tcp.host(), tcp.port(), credentials.toContext());
    }
}
