package org.socketproxy.server;

import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.listener.TcpConnector;
import org.socketproxy.status.StatusGate;
import org.socketproxy.status.StatusServlet;
import org.socketproxy.status.StatusSource;

/** Jetty server of the status page, separate from the proxy's listeners, so that clients cannot reach the page there. */
final class StatusServer implements AutoCloseable {
    private final Server server;
    private final Settings.Status page;
    /** Null if no token is required. */
    private final @Nullable String token;

    private StatusServer(Settings.Status page, ThreadPool threads) {
        this.server = new Server(threads);
        this.page = page;
        this.token = !page.isTokenNeeded() ? null : page.token() == null ? StatusGate.randomToken() : page.token();
    }

    /** @throws StartException if the server cannot listen on the address; nothing is left running */
    static StatusServer start(
            Settings.Status page, Limits limits, StatusSource source, RejectionCounter refusals, ThreadPool threads)
            throws StartException {
        StatusServer status = new StatusServer(page, threads);
        try {
            status.start(limits, source, refusals);
            return status;
        } catch (StartException cannot) {
            status.close();
            throw cannot;
        }
    }

    private void start(Limits proxyLimits, StatusSource source, RejectionCounter refusals) throws StartException {
        Limits limits = proxyLimits.ofStatusPage();
        // Separate limits: clients that flood the proxy must not block the status page.
        ConnectionLimits own = new ConnectionLimits(limits, refusals);
        SocketProxyServer.open(
                server, Setting.STATUS_LISTEN, new TcpConnector(server, page.listen(), limits, own, null, refusals));
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        // jte loads templates with the thread's class loader, which may belong to another program.
        context.setClassLoader(StatusServer.class.getClassLoader());
        context.setErrorHandler(new JsonErrorHandler(limits, refusals));
        context.addServlet(new ServletHolder("status", new StatusServlet(gate(), source)), "/");
        server.setHandler(context);
        server.setErrorHandler(new JsonErrorHandler(limits, refusals));
        SocketProxyServer.start(server, "status page");
    }

    private StatusGate gate() {
        return token == null ? StatusGate.open(page.hosts()) : StatusGate.locked(page.hosts(), token);
    }

    /**
     * URL of the page for a browser, such as {@code http://127.0.0.1:8375/}. Contains the token if it is random, but not a
     * configured token.
     */
    String address() {
        NetworkAddress address = page.listen();
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        String host = address.isEveryAddress() ? "localhost" : address.host();
        String key = token == null || token.equals(page.token()) ? "" : "?token=" + token;
        return new NetworkAddress(host, port).toString().replaceFirst("tcp", "http") + "/" + key;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception failed) {
            throw new IllegalStateException("The status page did not stop", failed);
        }
    }
}
