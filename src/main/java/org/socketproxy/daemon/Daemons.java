package org.socketproxy.daemon;

import org.jspecify.annotations.Nullable;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.tls.DaemonCredentials;

/** Makes a daemon of its address. */
public final class Daemons {
    private Daemons() {}

    /**
     * The daemon, which need not be there.
     *
     * @param material what TLS is spoken with, or null for none
     */
    public static Daemon of(DaemonAddress address, @Nullable DaemonCredentials material) {
        if (address instanceof DaemonAddress.Unix unix) {
            return Daemon.at(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) address;
        return material == null
                ? Daemon.at(tcp.host(), tcp.port())
                : Daemon.at(tcp.host(), tcp.port(), material.toContext());
    }
}
