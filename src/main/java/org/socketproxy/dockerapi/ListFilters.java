package org.socketproxy.dockerapi;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException.Fault;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * The query parameter {@code filters} of a list, a prune or the events: values by the name of the filter.
 *
 * <p>The daemon reads two encodings, {@code {"label":["a=b"]}} and {@code {"label":{"a=b":true}}}. A value with
 * {@code false} is a value too: most filters of the daemon look only at the names. The text that this class writes has the
 * second encoding.
 *
 * <p>Security: strict; refuses a mix of both encodings, which daemons could read in different ways.
 *
 * <p>Threading: immutable.
 */
public final class ListFilters {
    private static final String PARAMETER = "filters";
    private static final int LONGEST = 64 * 1024;

    private final Map<String, Map<String, Boolean>> values;

    private ListFilters(Map<String, Map<String, Boolean>> values) {
        this.values = values;
    }

    /**
     * Reads the filters of a target.
     *
     * @throws BadTargetException if they are not valid, or if two parsers could read them in different ways
     */
    public static ListFilters of(RequestTarget target) throws BadTargetException {
        String text = target.onlyParameter(PARAMETER);
        if (text == null || text.isEmpty()) {
            return new ListFilters(Map.of());
        }
        if (text.length() > LONGEST) {
            throw new BadTargetException(Fault.FILTERS);
        }
        try {
            return read(JsonBody.of(StandardCharsets.UTF_8.encode(text)).read());
        } catch (InvalidJsonException invalid) {
            throw new BadTargetException(Fault.FILTERS);
        }
    }

    private static ListFilters read(JsonValue json) throws BadTargetException {
        if (!(json instanceof JsonObject object)) {
            throw new BadTargetException(Fault.FILTERS);
        }
        Map<String, Map<String, Boolean>> values = new LinkedHashMap<>();
        @Nullable JsonValue first = null;
        for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
            first = first == null ? member.getValue() : first;
            if (!first.getClass().equals(member.getValue().getClass())) {
                throw new BadTargetException(Fault.FILTERS);
            }
            values.put(member.getKey(), valuesOf(member.getValue()));
        }
        return new ListFilters(values);
    }

    private static Map<String, Boolean> valuesOf(JsonValue json) throws BadTargetException {
        Map<String, Boolean> found = new LinkedHashMap<>();
        if (json instanceof JsonArray array) {
            for (JsonValue element : array.elements()) {
                if (!(element instanceof JsonString string)) {
                    throw new BadTargetException(Fault.FILTERS);
                }
                found.put(string.text(), true);
            }
        } else if (json instanceof JsonObject object) {
            for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                if (member.getValue() != JsonLiteral.TRUE && member.getValue() != JsonLiteral.FALSE) {
                    throw new BadTargetException(Fault.FILTERS);
                }
                found.put(member.getKey(), member.getValue() == JsonLiteral.TRUE);
            }
        } else {
            throw new BadTargetException(Fault.FILTERS);
        }
        return found;
    }

    /** Returns the names of the filters. */
    public Set<String> names() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** Returns the values of a filter, with {@code true} or {@code false}; empty without the filter. */
    public Set<String> values(String name) {
        return Collections.unmodifiableSet(values.getOrDefault(name, Map.of()).keySet());
    }

    /** Returns the same filters with one more value. */
    public ListFilters with(String name, String value) {
        Map<String, Map<String, Boolean>> changed = copy();
        changed.computeIfAbsent(name, any -> new LinkedHashMap<>()).put(value, true);
        return new ListFilters(changed);
    }

    /** Returns the same filters without a value. */
    public ListFilters without(String name, String value) {
        Map<String, Map<String, Boolean>> changed = copy();
        Map<String, Boolean> left = changed.getOrDefault(name, new LinkedHashMap<>());
        left.remove(value);
        if (left.isEmpty()) {
            changed.remove(name);
        }
        return new ListFilters(changed);
    }

    private Map<String, Map<String, Boolean>> copy() {
        Map<String, Map<String, Boolean>> copy = new LinkedHashMap<>();
        values.forEach((name, each) -> copy.put(name, new LinkedHashMap<>(each)));
        return copy;
    }

    /** Replaces the filters of a target. */
    public RequestTarget in(RequestTarget target) {
        return target.withOnlyParameter(PARAMETER, values.isEmpty() ? null : JsonText.compact(this::write));
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, Map<String, Boolean>> filter : values.entrySet()) {
            json.writeObjectFieldStart(filter.getKey());
            for (Map.Entry<String, Boolean> value : filter.getValue().entrySet()) {
                json.writeBooleanField(value.getKey(), value.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }
}
