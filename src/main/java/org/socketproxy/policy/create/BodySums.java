package org.socketproxy.policy.create;

import java.util.HashMap;
import java.util.Map;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Adds up the text of one body by kind, because a daemon stores it where other clients read it.
 *
 * <p>Threading: one thread.
 */
final class BodySums {
    /** The most bytes of UTF-8 by kind. */
    private static final Map<String, Integer> MOST =
            Map.of("labels", 128 << 10, "environment", 256 << 10, "command", 256 << 10, "annotations", 128 << 10);

    private final Map<String, Long> sums = new HashMap<>();

    /** @throws IllegalArgumentException for an unknown kind */
    static int most(String kind) {
        Integer most = MOST.get(kind);
        if (most == null) {
            throw new IllegalArgumentException("unknown sum " + kind);
        }
        return most;
    }

    /** Adds the text of a value and returns true if the sum of its kind is too large. */
    boolean exceeds(String kind, JsonValue value) {
        return sums.merge(kind, size(value), Long::sum) > most(kind);
    }

    /** Returns the number of bytes of the strings, names and numbers in a value, and one byte more for each. */
    static long size(JsonValue value) {
        if (value instanceof JsonString string) {
            return length(string.text());
        }
        if (value instanceof JsonNumber number) {
            return length(number.text());
        }
        if (value instanceof JsonArray array) {
            return 1 + array.elements().stream().mapToLong(BodySums::size).sum();
        }
        if (value instanceof JsonObject object) {
            return 1
                    + object.members().entrySet().stream()
                            .mapToLong(member -> length(member.getKey()) + size(member.getValue()))
                            .sum();
        }
        return 1;
    }

    private static long length(String text) {
        return 1
                + text.codePoints()
                        .mapToLong(
                                c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4)
                        .sum();
    }
}
