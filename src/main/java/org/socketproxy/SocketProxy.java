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
 * A filtered socket in front of a Docker or Podman daemon, within another program; there may be any number of them.
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
 * <p>It reads no environment, sets no system property, handles no signal and prints nothing; faults go to SLF4J. What runs
 * are threads of its own, which keep the JVM alive until it is closed.
 *
 * <p>Threading: every method may be called by any thread.
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

    /** A builder with the program's defaults, but for the address (a free port of 127.0.0.1) and the status page (none). */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts to listen. The daemon need not be there yet: until it is, exchanges are answered with 502.
     *
     * @return this
     * @throws IOException if an address cannot be had, the folder of the daemon's socket may not be entered, or a filter
     *     cannot be used; the message is a sentence for each cause, with its cure, a line each; nothing is left running
     * @throws IllegalStateException if it was started before; build another one
     */
    public synchronized SocketProxy start() throws IOException {
        if (isUsed) {
            throw new IllegalStateException("This proxy was started or closed before: build another one");
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
     * The first of the addresses on which it listens, in the form of {@code DOCKER_HOST}, with the port that the system
     * chose if it was 0: such as {@code tcp://127.0.0.1:40123}.
     *
     * @throws IllegalStateException if it does not run
     */
    public String address() {
        return addresses().get(0);
    }

    /**
     * All of them, in the order in which they were given; of a Unix socket without mode and group.
     *
     * @throws IllegalStateException if it does not run
     */
    public List<String> addresses() {
        return running().listening().stream()
                .map(ListenAddress::toString)
                .map(address -> address.replaceFirst("\\?.*", ""))
                .toList();
    }

    /**
     * An address that opens the status page in a browser, such as {@code http://127.0.0.1:8375/}, if
     * {@code setting("STATUS_LISTEN", …)} asked for one; else empty. A random token stands in it.
     *
     * @throws IllegalStateException if it does not run
     */
    public String statusPage() {
        return running().statusPage();
    }

    private synchronized SocketProxyServer running() {
        SocketProxyServer running = server;
        if (running == null) {
            throw new IllegalStateException("This proxy does not run: call start first, and close last");
        }
        return running;
    }

    /**
     * Stops to listen, ends streams and tunnels at once, and waits for other exchanges, five seconds at most unless
     * {@code SHUTDOWN_TIMEOUT} says otherwise. Filters are destroyed, its threads end. May be called again, and without a
     * start.
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
     * What a proxy is made of. Addresses, names and values are those of the program's settings and variables; what is wrong
     * with them {@link #build} says, all at once.
     *
     * <p>Threading: one thread at a time. It may be built from more than once; the filters are then shared.
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
         * Where the daemon is, in the form of {@code DOCKER_HOST}; without it {@code unix:///var/run/docker.sock}.
         *
         * @param address such as {@code unix:///run/user/1000/docker.sock} or {@code tcp://docker.example:2375}
         */
        public Builder daemon(String address) {
            return setting(Setting.DOCKER_HOST.name(), address);
        }

        /**
         * Where clients connect, in the form of {@code LISTEN}. Without it a free port of 127.0.0.1, which every user of
         * the machine can reach.
         *
         * @param addresses such as {@code tcp://127.0.0.1:0} or {@code unix:///tmp/docker.sock?mode=0600}; at least one
         */
        public Builder listen(String... addresses) {
            return setting(Setting.LISTEN.name(), String.join(",", addresses));
        }

        /**
         * What clients may do: variables that allow, besides the defaults ({@code PING}, {@code VERSION}, {@code EVENTS}).
         * What is said of a variable last, holds.
         *
         * @param variables {@code 1} or {@code 0} by the variable's name, such as {@code CONTAINERS}
         */
        public Builder policy(Map<String, String> variables) {
            environment.putAll(variables);
            return this;
        }

        /**
         * The least variables that a well-known client needs, instead of the defaults; {@link #policy} adds and takes away.
         *
         * @param name such as {@code traefik}; docs/presets.md lists them
         */
        public Builder preset(String name) {
            return setting(Setting.PRESET.name(), name);
        }

        /**
         * Any other setting of the program, such as {@code SHUTDOWN_TIMEOUT}, {@code MAX_CONNECTIONS} or
         * {@code STATUS_LISTEN}. A file of {@code ENV_FILE} is read by {@link #build}, and not again.
         */
        public Builder setting(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /**
         * A further rule, which may deny what the policy allows: {@link org.socketproxy.extension} says what it can see, and
         * how it denies. Those that are given are asked in this order, before those on the class path and in
         * {@code EXTENSIONS}. Its {@code init} is called at the start, {@code destroy} at the end.
         *
         * <p>With one, each request is handed to another thread, which costs throughput (docs/extensions.md).
         */
        public Builder filter(Filter filter) {
            filters.add(filter);
            return this;
        }

        /**
         * What becomes of the record of each exchange (docs/audit.md); without it, the logger
         * {@code org.socketproxy.audit.records} of SLF4J has them at level info.
         *
         * @param lines takes one line at a time, without its end; called by one thread, apart from the exchanges, which do
         *     not wait for it: if it is too slow, records are dropped, and the next line says how many
         */
        public Builder log(Consumer<String> lines) {
            log = lines;
            return this;
        }

        /**
         * A proxy that does not run yet.
         *
         * @throws IllegalArgumentException if anything is wrong with what was given, misspelt names included; the message is
         *     a sentence for each mistake, a line each
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

        /** Every name is meant for the proxy, unlike those of an environment: what is unknown is a mistake. */
        private List<String> unknown(Variables variables, List<String> toldAlready) {
            Set<String> settings =
                    Arrays.stream(Setting.values()).map(Setting::name).collect(Collectors.toSet());
            return environment.keySet().stream()
                    .filter(name ->
                            !settings.contains(name) && variables.find(name).isEmpty() && !toldAlready.contains(name))
                    .sorted()
                    .map(name -> name + ": there is no such variable or setting; the README lists those that there are")
                    .toList();
        }

        /** A log that throws must not end the thread that prints. */
        private static Consumer<String> eachLine(Consumer<String> log) {
            return lines -> {
                try {
                    lines.lines().forEach(log);
                } catch (RuntimeException broken) {
                    AUDIT.warn("A record of an exchange is lost, because the log failed", broken);
                }
            };
        }
    }
}
