package org.socketproxy.proxy;

import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.Destination;

/** The connections with a daemon that are kept, each of which carries one exchange at a time. */
final class DaemonConnections extends AbstractConnectionPool {
    DaemonConnections(Destination destination, int maxConnections) {
        super(destination, () -> new LastUsedPool<>(maxConnections), 1);
    }
}
