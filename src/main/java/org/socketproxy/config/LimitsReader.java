package org.socketproxy.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Reads the resource limits for clients. */
final class LimitsReader {
    private static final int MOST_CONNECTIONS = 1_000_000;
    private static final int SMALLEST_HEADERS = 1024;
    /** A request with a large head needs a buffer of this size on the daemon connection. */
    private static final int LARGEST_HEADERS = 256 * 1024;

    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);

    private final Function<Setting, String> values;
    private final BiConsumer<Setting, String> refuse;

    /**
     * @param values returns a setting's value or its default
     * @param refuse receives each setting with an invalid value, and the fix
     */
    LimitsReader(Function<Setting, String> values, BiConsumer<Setting, String> refuse) {
        this.values = values;
        this.refuse = refuse;
    }

    Limits read() {
        return new Limits(
                connections(Setting.MAX_CONNECTIONS),
                connections(Setting.MAX_CONNECTIONS_PER_CLIENT),
                headerBytes(),
                headerTimeout());
    }

    private int connections(Setting setting) {
        OptionalInt count = QuantitySetting.count(values.apply(setting));
        if (count.isPresent() && count.getAsInt() >= 1 && count.getAsInt() <= MOST_CONNECTIONS) {
            return count.getAsInt();
        }
        refuse.accept(setting, "use a whole number from 1 to " + MOST_CONNECTIONS);
        return 1;
    }

    private int headerBytes() {
        OptionalInt bytes = QuantitySetting.bytes(values.apply(Setting.MAX_HEADER_SIZE));
        if (bytes.isPresent() && bytes.getAsInt() >= SMALLEST_HEADERS && bytes.getAsInt() <= LARGEST_HEADERS) {
            return bytes.getAsInt();
        }
        refuse.accept(
                Setting.MAX_HEADER_SIZE, "use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes");
        return SMALLEST_HEADERS;
    }

    private Duration headerTimeout() {
        Optional<Duration> timeout = QuantitySetting.duration(values.apply(Setting.HEADER_TIMEOUT))
                .filter(duration -> duration.compareTo(SHORTEST_TIMEOUT) >= 0);
        if (timeout.isEmpty()) {
            refuse.accept(
                    Setting.HEADER_TIMEOUT,
                    "use a number of at most six digits with ms, s or m, such as 10s, and at least 100ms");
        }
        return timeout.orElse(SHORTEST_TIMEOUT);
    }
}
