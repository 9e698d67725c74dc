package org.socketproxy.usage.file;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.usage.Usage.MayBeNull;

/**
 * Writes records as JSON objects, and reads them strictly. A component is a name, an instant, a count, a boolean or a list
 * of records; the field of {@code isAllowed} is {@code allowed}.
 */
final class RecordJson {
    /** Maximum length of a client's name with all characters escaped. */
    static final int LONGEST_NAME = 1500;

    private static final String WRONG_FIELD = "a field is missing or has another type";

    private RecordJson() {}

    static void writeFields(JsonGenerator json, Record fields) throws IOException {
        for (RecordComponent component : fields.getClass().getRecordComponents()) {
            json.writeFieldName(field(component));
            write(json, get(fields, component));
        }
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                write(json, element);
            }
            json.writeEndArray();
        } else if (value instanceof Record fields) {
            json.writeStartObject();
            writeFields(json, fields);
            json.writeEndObject();
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else {
            json.writeString(value == null ? null : value.toString());
        }
    }

    /**
     * Reads a record from the fields of an object; other fields are ignored.
     *
     * @throws IOException if a field is missing that may not be null, or a field is invalid
     */
    static <R extends Record> R read(Class<R> type, @Nullable Object object) throws IOException {
        Map<?, ?> fields = typed(object, Map.class);
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = value(components[i], fields.get(field(components[i])));
        }
        try {
            return type.getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new))
                    .newInstance(values);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("A record has a canonical constructor", impossible);
        }
    }

    private static @Nullable Object value(RecordComponent component, @Nullable Object value) throws IOException {
        if (value == null && component.isAnnotationPresent(MayBeNull.class)) {
            return null;
        }
        Class<?> type = component.getType();
        if (type == List.class) {
            return list(component, typed(value, List.class));
        }
        if (type == Instant.class) {
            return instant(value);
        }
        if (type == boolean.class) {
            return typed(value, Boolean.class);
        }
        if (type == String.class) {
            return name(field(component), value);
        }
        long count = typed(value, Long.class);
        if (count < 0) {
            throw new IOException("the " + field(component) + " is negative");
        }
        return type == int.class ? (Object) (int) count : (Object) count;
    }

    private static List<Record> list(RecordComponent component, List<?> elements) throws IOException {
        ParameterizedType type = (ParameterizedType) component.getGenericType();
        Class<? extends Record> elementType = ((Class<?>) type.getActualTypeArguments()[0]).asSubclass(Record.class);
        List<Record> list = new ArrayList<>();
        for (Object element : elements) {
            list.add(read(elementType, element));
        }
        return list;
    }

    static Instant instant(@Nullable Object value) throws IOException {
        try {
            Instant instant = Instant.parse(typed(value, String.class));
            var unused = instant.toEpochMilli(); // the counts have milliseconds
            return instant;
        } catch (DateTimeException | ArithmeticException wrong) {
            throw new IOException(WRONG_FIELD, wrong);
        }
    }

    /** Reads a name of printable ASCII characters, as {@link PrintableText#escape} writes it. */
    static String name(String field, @Nullable Object value) throws IOException {
        String name = typed(value, String.class);
        boolean isPrintable = name.chars().allMatch(c -> c > ' ' && c <= '~');
        if (name.isEmpty() || name.length() > LONGEST_NAME || !isPrintable) {
            throw new IOException("the " + field + " is not a valid name");
        }
        return name;
    }

    static <T> T typed(@Nullable Object value, Class<T> type) throws IOException {
        if (!type.isInstance(value)) {
            throw new IOException(WRONG_FIELD);
        }
        return type.cast(value);
    }

    private static String field(RecordComponent component) {
        String name = component.getName();
        return name.startsWith("is") ? name.substring(2).toLowerCase(Locale.ROOT) : name;
    }

    private static @Nullable Object get(Record fields, RecordComponent component) {
        try {
            return component.getAccessor().invoke(fields);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("A record has an accessor for each component", impossible);
        }
    }
}
