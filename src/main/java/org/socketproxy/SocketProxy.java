package org.socketproxy;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;

/**
 * The proxy embedded in another Java program: a filtered API address for a Docker or Podman daemon. A program may run any
 * number of proxies.
 *
 * <pre>{@code
 * try (SocketProxy proxy = SocketProxy.builder()
 *         .daemon("unix:///var/run/docker.sock")
 *         .policy(Map.of("CONTAINERS", "1", "ALLOW_LOGS", "1"))
 *         .listen("tcp://127.0.0.1:0")
 *         .build()
 *         .start()) {
 *     String dockerHost = proxy.address(); // tcp://127.0.0.1:40123
 * }
 * }</pre>
 *
 * <p>It reads no environment variables, sets no system properties, handles no signals and prints nothing; it logs errors to
 * SLF4J. Its threads keep the JVM alive until it is closed.
 *
 * <p>Threading: thread-safe.
 */
public final class SocketProxy implements AutoCloseable {
    private final Settings settings;
    private final Variables variables;
    private final List<Filter> filters;
    private final Consumer<String> records;
    private @Nullable SocketProxyServer server;
    private boolean isUsed;

    private SocketProxy(Settings settings, Variables variables, List<Filter> filters, Consumer<String> records) {
        this.settings = settings;
        this.variables = variables;
        this.filters = filters;
        this.records = records;
    }

    /** Creates a builder with the program's defaults, except the address (a free port of 127.0.0.1) and no status page. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts to listen. The daemon may start later; until then the proxy answers requests with 502.
     *
     * @return this
     * @throws IOException if an address is in use or invalid, the folder of the daemon's socket is not accessible, or a filter
     *     cannot be initialized; the message has one line for each problem, with its solution; nothing is left running
     * @throws IllegalStateException if this proxy was started or closed before
     */
    public synchronized SocketProxy start() throws IOException {
        if (isUsed) {
            throw new IllegalStateException("This proxy was already started or closed: build a new one");
        }
        isUsed = true;
        try {
            server = SocketProxyServer.start(settings, variables, records, filters);
            return this;
        } catch (StartException cannot) {
            throw new IOException(cannot.getMessage(), cannot);
        }
    }

    /**
     * Returns the first address in the form of {@code DOCKER_HOST}, such as {@code tcp://127.0.0.1:40123}. A configured port
     * 0 is replaced by the actual port.
     *
     * @throws IllegalStateException if the proxy does not run
     */
    public String address() {
        return addresses().get(0);
    }

    /**
     * Returns all addresses in the configured order, Unix sockets without mode and group.
     *
     * @throws IllegalStateException if the proxy does not run
     */
    public List<String> addresses() {
        return running().listening().stream()
                .map(ListenAddress::toString)
                .map(address -> address.replaceFirst("\\?.*", ""))
                .toList();
    }

    /**
     * Returns the URL of the status page, such as {@code http://127.0.0.1:8375/}, including a random token. Empty unless
     * {@code setting("STATUS_LISTEN", …)} enables the status page.
     *
     * @throws IllegalStateException if the proxy does not run
     */
    public String statusPage() {
        return running().statusPage();
    }

    private synchronized SocketProxyServer running() {
        SocketProxyServer running = server;
        if (running == null) {
            throw new IllegalStateException(
                    "This proxy is not running: call start() first; it cannot be used after close()");
        }
        return running;
    }

    /**
     * Stops listening, ends streams and tunnels immediately, waits for other exchanges for at most {@code SHUTDOWN_TIMEOUT}
     * (5 seconds by default), destroys the filters and ends the threads. Idempotent; allowed without {@link #start}.
     */
    @Override
    public synchronized void close() {
        isUsed = true;
        SocketProxyServer running = server;
        server = null;
        if (running != null) {
            running.close();
        }
    }

    /**
     * Builder of a proxy. Uses the names and values of the program's settings and variables. {@link #build} reports all
     * invalid values at once.
     *
     * <p>Threading: one thread at a time. {@link #build} may be called more than once; the proxies then share the filters.
     */
    public static final class Builder {
        private static final Logger AUDIT = LoggerFactory.getLogger("org.socketproxy.audit.records");

        private final Map<String, String> environment = new HashMap<>();
        private final List<Filter> filters = new ArrayList<>();
        private Consumer<String> log = AUDIT::info;

        private Builder() {
            environment.put(Setting.LISTEN.name(), "tcp://127.0.0.1:0");
            environment.put(Setting.STATUS_LISTEN.name(), "off");
        }

        /**
         * Sets the address of the daemon in the form of {@code DOCKER_HOST}; default {@code unix:///var/run/docker.sock}.
         *
         * @param address such as {@code unix:///run/user/1000/docker.sock} or {@code tcp://docker.example:2375}
         */
        public Builder daemon(String address) {
            return setting(Setting.DOCKER_HOST.name(), address);
        }

        /**
         * Sets the addresses for clients in the form of {@code LISTEN}. Default: a free port of 127.0.0.1, which every user
         * of the machine can reach.
         *
         * @param addresses such as {@code tcp://127.0.0.1:0} or {@code unix:///tmp/docker.sock?mode=0600}; at least one
         */
        public Builder listen(String... addresses) {
            return setting(Setting.LISTEN.name(), String.join(",", addresses));
        }

        /**
         * Sets variables that allow operations, in addition to the defaults ({@code PING}, {@code VERSION}, {@code EVENTS}).
         * The last value of a variable applies.
         *
         * @param variables {@code 1} or {@code 0} by the name of the variable, such as {@code CONTAINERS}
         */
        public Builder policy(Map<String, String> variables) {
            environment.putAll(variables);
            return this;
        }

        /**
         * Replaces the default variables by the minimal variables of a known client; {@link #policy} adds and removes some.
         *
         * @param name such as {@code traefik}; docs/presets.md lists them
         */
        public Builder preset(String name) {
            return setting(Setting.PRESET.name(), name);
        }

        /**
         * Sets any other setting of the program, such as {@code SHUTDOWN_TIMEOUT}, {@code MAX_CONNECTIONS} or
         * {@code STATUS_LISTEN}. {@link #build} reads {@code ENV_FILE}; it is not reloaded.
         */
        public Builder setting(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /**
         * Adds a filter that may deny requests that the policy allows; {@link org.socketproxy.extension} is its API. The
         * proxy calls the added filters in this order, before those on the class path and in {@code EXTENSIONS}. It calls
         * {@code init} at the start and {@code destroy} at the end.
         *
         * <p>With a filter the proxy processes each request on another thread, which reduces the throughput
         * (docs/extending.md).
         */
        public Builder filter(Filter filter) {
            filters.add(filter);
            return this;
        }

        /**
         * Sets the receiver of the audit records (docs/audit.md). Default: the SLF4J logger
         * {@code org.socketproxy.audit.records} at level info.
         *
         * @param lines receives one line at a time, without its line end; called by one thread. Exchanges do not wait for it:
         *     if it is too slow, records are dropped, and the next line gives their number
         */
        public Builder log(Consumer<String> lines) {
            log = lines;
            return this;
        }

        /**
         * Creates a proxy that is not started.
         *
         * @throws IllegalArgumentException if a value is invalid or a name is unknown; the message has one line for each
         *     problem
         */
        public SocketProxy build() {
            Variables variables = Variables.load();
            Map<String, String> strict = new HashMap<>(environment);
            strict.put(Setting.STRICT.name(), "1");
            List<String> problems = new ArrayList<>();
            try {
                Settings settings = Settings.read(strict, variables);
                problems.addAll(unknown(variables, List.of()));
                if (problems.isEmpty()) {
                    return new SocketProxy(settings, variables, List.copyOf(filters), eachLine(log));
                }
            } catch (InvalidSettingsException invalid) {
                invalid.problems().forEach(problem -> problems.add(problem.sentence()));
                problems.addAll(unknown(
                        variables,
                        invalid.problems().stream().map(Problem::name).toList()));
            }
            throw new IllegalArgumentException(String.join("\n", problems));
        }

        /** Unlike an environment, the builder contains only names for the proxy, so an unknown name is an error. */
        private List<String> unknown(Variables variables, List<String> toldAlready) {
            Set<String> settings =
                    Arrays.stream(Setting.values()).map(Setting::name).collect(Collectors.toSet());
            return environment.keySet().stream()
                    .filter(name ->
                            !settings.contains(name) && variables.find(name).isEmpty() && !toldAlready.contains(name))
                    .sorted()
                    .map(name -> name + ": there is no such variable or setting; the README lists all of them")
                    .toList();
        }

        /** Catches exceptions of the receiver, because they would end the audit thread. */
        private static Consumer<String> eachLine(Consumer<String> log) {
            return lines -> {
                try {
                    lines.lines().forEach(log);
                } catch (RuntimeException broken) {
                    AUDIT.warn("An audit record is lost because its receiver failed", broken);
                }
            };
        }
    }
}
