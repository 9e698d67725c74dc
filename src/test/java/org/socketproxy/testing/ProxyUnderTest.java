package org.socketproxy.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.server.SocketProxyServer;

/** The real server on a port that the system chooses, configured by a map and not by the environment of the process. */
public final class ProxyUnderTest implements AutoCloseable {
    private final SocketProxyServer server;

    private ProxyUnderTest(SocketProxyServer server) {
        this.server = server;
    }

    /** Starts a proxy with the defaults and additional variables. */
    public static ProxyUnderTest allowing(Path socket, String... variables) {
        return with(socket, Arrays.stream(variables).collect(Collectors.toMap(name -> name, name -> "1")));
    }

    /** Starts a proxy with all variables. */
    public static ProxyUnderTest allowingEverything(Path socket) {
        return with(socket, everything());
    }

    /**
     * Starts a proxy with all variables and additional settings.
     *
     * @param host address of the daemon in the form of {@code DOCKER_HOST}
     */
    public static ProxyUnderTest before(String host, Map<String, String> environment) {
        Map<String, String> complete = everything();
        complete.put("DOCKER_HOST", host);
        complete.putAll(environment);
        return start(complete);
    }

    /** Returns an environment with all variables. */
    public static Map<String, String> everything() {
        return new HashMap<>(
                Variables.load().all().stream().collect(Collectors.toMap(Variable::name, variable -> "1")));
    }

    /** Starts a proxy with an environment. */
    public static ProxyUnderTest with(Path socket, Map<String, String> environment) {
        Map<String, String> complete = new HashMap<>(environment);
        complete.putIfAbsent("SOCKET_PATH", socket.toString());
        return start(complete);
    }

    /**
     * Starts a proxy with an environment.
     *
     * @param records receives the lines of the audit log, one or more at a time
     */
    public static ProxyUnderTest recording(Map<String, String> environment, Consumer<String> records) {
        return start(
                environment, (settings, variables) -> SocketProxyServer.start(settings, variables, records, List.of()));
    }

    private interface Start {
        SocketProxyServer with(Settings settings, Variables variables) throws StartException;
    }

    private static ProxyUnderTest start(Map<String, String> environment) {
        return start(environment, SocketProxyServer::start);
    }

    private static ProxyUnderTest start(Map<String, String> environment, Start start) {
        Map<String, String> complete = new HashMap<>();
        complete.put("LISTEN", "tcp://127.0.0.1:0");
        complete.put("STATUS_LISTEN", "off");
        complete.put("LOG_LEVEL", "err");
        // The tests may run in a container, about which the proxy would ask their daemon.
        complete.put("PROTECT_SELF", environment.containsKey("SELF_CONTAINER") ? "1" : "0");
        complete.putAll(environment);
        try {
            Variables variables = Variables.load();
            return new ProxyUnderTest(start.with(Settings.read(complete, variables), variables));
        } catch (InvalidSettingsException | StartException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    public int port() {
        return server.port();
    }

    /** The URL of the status page, or empty. */
    public String statusPage() {
        return server.statusPage();
    }

    public RawClient connect() throws IOException {
        return RawClient.connect(port());
    }

    /** The running server. */
    public SocketProxyServer server() {
        return server;
    }

    /** Sends a request without a body on a new connection and reads the whole response. */
    public String ask(String method, String target) throws IOException {
        try (RawClient client = connect()) {
            return client.request(method, target).readResponse();
        }
    }

    /** Number of active exchanges and tunnels. */
    public int openExchanges() {
        return server.openExchanges();
    }

    /** Number of clients that were rejected for a cause. */
    public long refused(RejectionCounter.Cause cause) {
        return server.refusals().count(cause);
    }

    @Override
    public void close() {
        server.close();
    }
}
