package org.socketproxy.lease;

import java.nio.file.Path;
import org.socketproxy.config.StartException;

/** Opens the listeners of leases at run time. */
@FunctionalInterface
public interface LeaseListeners {
    /** A listener that runs. */
    interface Listener {
        /** Stops accepting connections, removes the socket, and closes all connections. */
        void close();
    }

    /**
     * Starts a listener that only the user of this process can connect to.
     *
     * @param name of the listener, see {@link org.socketproxy.client.Client#listener}
     */
    Listener open(Path socket, String name) throws StartException;
}
