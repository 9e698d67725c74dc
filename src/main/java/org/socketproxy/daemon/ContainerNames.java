package org.socketproxy.daemon;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.json.StrictJson;

/**
 * Names of the running containers by address, for the status page. Asks the daemon while the page is open, at most once in ten seconds.
 *
 * <p>Threading: thread-safe; never blocks. At most one query is open.
 *
 * <p>Security: the page is for the administrator, and has only the names of containers with the address of a client. No decision uses
 * a name.
 */
public final class ContainerNames {
    private static final Duration VALIDITY = Duration.ofSeconds(10);
    private static final String TARGET = "/containers/json";
    private static final int LONGEST = 100;
    /** Memory for a name and an address. */
    private static final int ENTRY_BYTES = 300;

    private static final Set<String> MEMBERS =
            Set.of("Names", "Created", "NetworkSettings", "Networks", "Networks.*", "IPAddress", "GlobalIPv6Address");

    private final AtomicBoolean isAsking = new AtomicBoolean();
    private volatile Map<String, Named> latest = Map.of();
    private volatile long dueNanos = System.nanoTime();
    private final DaemonQuery query;

    private record Named(String name, Instant created) {}

    public ContainerNames(DaemonQuery query) {
        this.query = query;
    }

    /** Does not wait for the answer. */
    public void refreshIfDue() {
        if (System.nanoTime() - dueNanos >= 0 && isAsking.compareAndSet(false, true)) {
            try {
                Reader names = new Reader();
                var unused = query.get(TARGET, null, names)
                        .thenApply(answer ->
                                answer.status() == HttpStatus.OK_200 ? names.result() : Map.<String, Named>of())
                        .whenComplete(this::learn);
            } catch (RuntimeException failed) {
                learn(null, failed);
            }
        }
    }

    private void learn(@Nullable Map<String, Named> found, @Nullable Throwable failure) {
        latest = found == null ? Map.of() : found;
        dueNanos = System.nanoTime() + VALIDITY.toNanos();
        isAsking.set(false);
    }

    /**
     * Returns the name of the container of an address.
     *
     * @param seen time of a request of the address; a container that was created later is another one
     */
    public Optional<String> find(String address, Instant seen) {
        return Optional.ofNullable(latest.get(address))
                .filter(container -> !container.created.isAfter(seen))
                .map(Named::name);
    }

    /** Omits an address of several containers. */
    private static final class Reader extends ResponseReader<Map<String, Named>> {
        private final Map<String, Named> names = new HashMap<>();
        private final Set<String> ambiguous = new HashSet<>();

        Reader() {
            super(JsonElements.ARRAY, MEMBERS);
        }

        @Override
        protected int read(ByteBuffer element) {
            JsonObject container = StrictJson.object(element);
            Named named = named(container);
            if (named == null) {
                return 0;
            }
            int before = names.size();
            for (JsonValue network : container
                    .object("NetworkSettings")
                    .object("Networks")
                    .members()
                    .values()) {
                if (network instanceof JsonObject endpoint) {
                    add(names, ambiguous, endpoint.text("IPAddress"), named);
                    add(names, ambiguous, endpoint.text("GlobalIPv6Address"), named);
                }
            }
            return ENTRY_BYTES * (names.size() - before);
        }

        @Override
        protected Map<String, Named> result() {
            names.keySet().removeAll(ambiguous);
            return names;
        }
    }

    /** Ignores the names that other containers give it by links, such as {@code /web/db}. */
    private static @Nullable Named named(JsonObject container) {
        String name = container.texts("Names").stream()
                .map(each -> each.startsWith("/") ? each.substring(1) : each)
                .filter(each -> !each.isEmpty() && each.indexOf('/') < 0)
                .findFirst()
                .orElse("");
        if (name.isEmpty() || !(container.members().get("Created") instanceof JsonNumber created)) {
            return null;
        }
        try {
            Instant begin = Instant.ofEpochSecond(Long.parseLong(created.text()));
            return new Named(PrintableText.escape(name, LONGEST), begin);
        } catch (NumberFormatException | DateTimeException unreadable) {
            return null;
        }
    }

    private static void add(Map<String, Named> names, Set<String> ambiguous, String address, Named named) {
        if (!address.isEmpty() && names.put(address, named) != null) {
            ambiguous.add(address);
        }
    }
}
