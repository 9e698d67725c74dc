package org.socketproxy.server;

import java.nio.file.Path;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.Limits;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.lease.ControlHandler;
import org.socketproxy.lease.LeaseListeners;
import org.socketproxy.lease.Leases;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.listener.UnixConnector;

/** Jetty server of the control socket of leases, and the listeners of leases, which belong to the server of the other clients. */
final class LeaseServer implements AutoCloseable {
    /** The control socket, and two listeners for each lease: that of one that ends can overlap with the next one. */
    static final int MOST_LISTENERS = 1 + 2 * LeaseTemplate.MOST_AT_ONCE;

    private static final Logger LOG = LoggerFactory.getLogger(LeaseServer.class);
    /** Every user may connect: the proxy decides by the user that the kernel reports. */
    private static final int EVERYBODY = 0666;
    /** Only the owner, see {@link LeaseListeners}. */
    private static final int OWNER = 0600;

    private final Server control;
    private final Leases leases;

    private LeaseServer(Server control, Leases leases) {
        this.control = control;
        this.leases = leases;
    }

    /**
     * Removes the objects of earlier leases, then listens on the control socket.
     *
     * @param proxy the server of the clients, started
     * @throws StartException if the folder cannot be used; nothing is left running
     */
    static LeaseServer start(
            Server proxy,
            Leases leases,
            Limits limits,
            ConnectionLimits connections,
            RejectionCounter refusals,
            ThreadPool threads)
            throws StartException {
        Server control = new Server(threads);
        LeaseServer server = new LeaseServer(control, leases);
        try {
            leases.folder().prepare();
            leases.start((socket, name) -> listen(proxy, socket, name, limits, connections, refusals));
            Limits own = limits.ofControlSocket();
            UnixAddress address = new UnixAddress(leases.folder().control(), EVERYBODY, null, LeaseTemplate.LISTENER);
            control.addConnector(
                    new UnixConnector(control, address, own, new ConnectionLimits(own, refusals), refusals));
            control.setHandler(new ControlHandler(leases));
            control.setErrorHandler(new JsonErrorHandler(own, refusals));
            SocketProxyServer.start(control, "control socket");
            return server;
        } catch (StartException cannot) {
            server.close();
            throw cannot;
        }
    }

    private static LeaseListeners.Listener listen(
            Server proxy,
            Path socket,
            String name,
            Limits limits,
            ConnectionLimits connections,
            RejectionCounter refusals)
            throws StartException {
        UnixConnector connector =
                new UnixConnector(proxy, new UnixAddress(socket, OWNER, null, name), limits, connections, refusals);
        connector.shareDaemonConnections();
        proxy.addConnector(connector);
        try {
            connector.start();
        } catch (Exception failed) {
            proxy.removeConnector(connector);
            throw failed instanceof StartException known
                    ? known
                    : new StartException("the listener of a lease cannot start: " + failed, failed);
        }
        return () -> {
            try {
                connector.stop();
            } catch (Exception failed) {
                LOG.warn("The listener {} did not stop", name, failed);
            } finally {
                proxy.removeConnector(connector);
            }
        };
    }

    @Override
    public void close() {
        try {
            leases.close();
            control.stop();
        } catch (Exception failed) {
            throw new IllegalStateException("The control socket did not stop", failed);
        }
    }
}
