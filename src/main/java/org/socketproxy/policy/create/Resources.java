package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.BodyShape.Part;

/**
 * Limits of a container: bytes of memory, billionths of a CPU, and processes. {@link #UNLIMITED} without a limit; 0 for one that an
 * update keeps.
 *
 * <p>The kernel counts files in a tmpfs as memory of the container that writes them, so that they need no addition.
 */
public record Resources(long memory, long cpus, long pids) {
    public static final long UNLIMITED = Long.MAX_VALUE;
    public static final Resources NONE = new Resources(0, 0, 0);

    /** An inspect has the limits in the places of the Docker API. */
    private static final BodyShape CREATED = BodyShape.ids(BodyShape.Kind.CONTAINER).stream()
            .map(BodyShape::of)
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow();

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,15}");
    /** In millionths of a second: that of a new container without a period. */
    static final long DEFAULT_PERIOD = 100_000;
    /** The shortest period of the kernel. A container may have it when an update names only a quota. */
    static final long SHORTEST_PERIOD = 1000;
    /** In millionths of a second; the product with a million is below the highest long. */
    private static final long MOST_QUOTA = 1_000_000_000_000L;

    private static final long MILLION = 1_000_000;
    private static final long NANOS_OF_MILLIONTH = 1000;

    /** Returns the limits that the body of a new container has. */
    static Resources ofContainer(BodyShape shape, JsonObject body) {
        return new Resources(
                number(BodyShape.at(body, shape.path(Part.MEMORY))),
                cpus(shape, body, true),
                number(BodyShape.at(body, shape.path(Part.PIDS))));
    }

    /**
     * Returns the limits that an update sets. dockerd keeps a memory of 0, but 0 removes the limit of processes. Podman removes
     * it also for an empty object.
     */
    static Resources ofUpdate(BodyShape shape, JsonObject body) {
        boolean isLibpod = shape.kind() == BodyShape.Kind.LIBPOD_UPDATE;
        JsonValue memory = BodyShape.at(body, shape.path(Part.MEMORY));
        boolean isMemorySet = isLibpod ? has(body, shape.path(Part.MEMORY)) : isSet(memory);
        boolean isPidsSet = isLibpod
                ? body.members().get(parent(shape.path(Part.PIDS))) instanceof JsonObject
                : BodyShape.at(body, shape.path(Part.PIDS)) instanceof JsonNumber;
        return new Resources(
                isMemorySet ? number(memory) : 0,
                cpus(shape, body, false),
                isPidsSet ? number(BodyShape.at(body, shape.path(Part.PIDS))) : 0);
    }

    /** Returns the limits of an inspected container. */
    public static Resources ofInspect(ByteBuffer inspect) {
        return ofContainer(CREATED, StrictJson.object(inspect));
    }

    /** A daemon applies the quota if a container has both. */
    private static long cpus(BodyShape shape, JsonObject body, boolean isNew) {
        List<JsonValue> spellings = Stream.of(shape.path(Part.CPUS).split("\\|", -1))
                .map(path -> BodyShape.at(body, path))
                .filter(value -> value instanceof JsonNumber)
                .toList();
        if (spellings.size() > 1) { // a daemon reads the last one
            return UNLIMITED;
        }
        JsonValue cpus = spellings.isEmpty() ? JsonLiteral.NULL : spellings.get(0);
        boolean isQuotaSet = isNew || shape.kind() != BodyShape.Kind.LIBPOD_UPDATE
                ? isSet(BodyShape.at(body, shape.path(Part.QUOTA)))
                        || isSet(BodyShape.at(body, shape.path(Part.PERIOD)))
                : has(body, shape.path(Part.QUOTA)) || has(body, shape.path(Part.PERIOD));
        if (!isSet(cpus) && !isQuotaSet) {
            return isNew ? UNLIMITED : 0;
        }
        return Math.max(
                isSet(cpus) ? number(cpus) : 0,
                isQuotaSet
                        ? quota(
                                BodyShape.at(body, shape.path(Part.QUOTA)),
                                BodyShape.at(body, shape.path(Part.PERIOD)),
                                isNew ? DEFAULT_PERIOD : SHORTEST_PERIOD)
                        : 0);
    }

    private static long quota(JsonValue quota, JsonValue period, long withoutPeriod) {
        long most = number(quota);
        long of = isSet(period) ? number(period) : withoutPeriod;
        return most > MOST_QUOTA || of > MOST_QUOTA ? UNLIMITED : (most * MILLION + of - 1) / of * NANOS_OF_MILLIONTH;
    }

    private static boolean isSet(JsonValue value) {
        return value instanceof JsonNumber && !value.isZero();
    }

    private static boolean has(JsonObject body, String path) {
        String parent = parent(path);
        return !parent.isEmpty() && body.object(parent).members().containsKey(path.substring(parent.length() + 1));
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.indexOf('.')));
    }

    private static long number(@Nullable JsonValue value) {
        return value instanceof JsonNumber number
                        && NUMBER.matcher(number.text()).matches()
                ? Long.parseLong(number.text())
                : UNLIMITED;
    }

    /** Returns the higher limit of each kind. */
    public Resources max(Resources other) {
        return new Resources(Math.max(memory, other.memory), Math.max(cpus, other.cpus), Math.max(pids, other.pids));
    }

    /** Returns the sums, at most {@link #UNLIMITED}. */
    public Resources plus(Resources other) {
        return new Resources(sum(memory, other.memory), sum(cpus, other.cpus), sum(pids, other.pids));
    }

    /** Returns how much higher these limits are than others. */
    public Resources above(Resources other) {
        return new Resources(
                Math.max(0, memory - other.memory), Math.max(0, cpus - other.cpus), Math.max(0, pids - other.pids));
    }

    private static long sum(long one, long other) {
        return one > UNLIMITED - other ? UNLIMITED : one + other;
    }
}
