package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.socketproxy.policy.build.MessageType.Count;
import org.socketproxy.policy.build.MessageType.Field;
import org.socketproxy.policy.build.MessageType.Form;

/**
 * Reads one message with everything in it.
 *
 * <p>Security: refuses an unknown field, another wire type, a repeated single field or key, two fields of a oneof, an incomplete entry
 * of a map, a number beyond the range of its type or not in its shortest form, and text that is not UTF-8. The types do not contain
 * themselves, so they bound the depth.
 */
final class ProtoReader {
    /** Each field takes some 100 bytes of memory. A large build has 200, and 30 for each step that a client writes. */
    static final int MOST_FIELDS = 30_000;

    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int WIRE_TYPE_BITS = 3;
    private static final int WIRE_TYPE_MASK = 7;
    private static final int GROUP_BITS = 7;
    private static final int GROUP_MASK = 0x7f;
    private static final int MORE = 0x80;
    private static final int LAST_SHIFT = 63;
    private static final int KEY = 1;
    private static final int VALUE = 2;

    private int fields;

    ProtoMessage read(MessageType type, ByteBuffer bytes) throws MalformedMessageException {
        Map<String, Object> values = new LinkedHashMap<>();
        while (bytes.hasRemaining()) {
            long tag = readTag(bytes);
            Field field =
                    tag >>> WIRE_TYPE_BITS > Integer.MAX_VALUE ? null : type.field((int) (tag >>> WIRE_TYPE_BITS));
            if (field == null) {
                throw new MalformedMessageException("has field " + (tag >>> WIRE_TYPE_BITS) + " of " + type.name()
                        + ", which this proxy does not know");
            }
            if ((tag & WIRE_TYPE_MASK) != (field.isVarint() ? VARINT : LENGTH_DELIMITED)) {
                throw malformed(field);
            }
            switch (field.count()) {
                case ONE, REQUIRED, ALWAYS -> readOne(field, bytes, values);
                case ONEOF -> readOneof(type, field, bytes, values);
                case LIST -> listIn(values, field).add(readValue(field, bytes));
                case MAP -> readEntry(field, readBytes(field, bytes), mapIn(values, field));
            }
        }
        values.entrySet().removeIf(value -> isAbsent(type.field(value.getKey()), value.getValue()));
        for (Field field : type.fields()) {
            if (field.count() == Count.REQUIRED && !values.containsKey(field.name())) {
                throw new MalformedMessageException("has no field " + field.name());
            }
        }
        return new ProtoMessage(type, values);
    }

    private static boolean isAbsent(Field field, Object value) {
        return field.count() != Count.ONEOF && field.isDefault(value);
    }

    private long readTag(ByteBuffer bytes) throws MalformedMessageException {
        fields++;
        if (fields > MOST_FIELDS) {
            throw new MalformedMessageException("has more than " + MOST_FIELDS + " fields");
        }
        return readVarint(bytes);
    }

    private void readOne(Field field, ByteBuffer bytes, Map<String, Object> values) throws MalformedMessageException {
        Object value = readValue(field, bytes);
        if (values.putIfAbsent(field.name(), value) != null) {
            throw new MalformedMessageException("has the field " + field.name() + " twice");
        }
    }

    private void readOneof(MessageType type, Field field, ByteBuffer bytes, Map<String, Object> values)
            throws MalformedMessageException {
        for (String other : values.keySet()) {
            if (!other.equals(field.name()) && type.field(other).count() == Count.ONEOF) {
                throw new MalformedMessageException("has both of the fields " + other + " and " + field.name());
            }
        }
        readOne(field, bytes, values);
    }

    private void readEntry(Field field, ByteBuffer entry, Map<String, Object> map) throws MalformedMessageException {
        String key = null;
        Object value = null;
        while (entry.hasRemaining()) {
            long tag = readTag(entry);
            if (tag == (KEY << WIRE_TYPE_BITS | LENGTH_DELIMITED) && key == null) {
                key = (String) readValue(field.key(), entry);
            } else if (tag == (VALUE << WIRE_TYPE_BITS | LENGTH_DELIMITED) && value == null) {
                value = readValue(field, entry);
            } else {
                throw malformed(field);
            }
        }
        if (value == null && field.form() == Form.BYTES) {
            value = ByteBuffer.allocate(0); // clients up to 2024 omit it
        }
        if (key == null || value == null) {
            throw new MalformedMessageException("has an entry without a key or a value in the map " + field.name());
        }
        if (map.putIfAbsent(key, value) != null) {
            throw new MalformedMessageException("has a key twice in the map " + field.name());
        }
    }

    private Object readValue(Field field, ByteBuffer bytes) throws MalformedMessageException {
        return switch (field.form()) {
            case FLAG -> {
                long flag = readVarint(bytes);
                if (flag != 0 && flag != 1) {
                    throw malformed(field);
                }
                yield flag == 1;
            }
            case NUMBER -> {
                long number = readVarint(bytes);
                if (!field.range().has(number)) {
                    String meaning = field.meaning().isEmpty() ? "" : " (" + field.meaning() + ")";
                    throw new MalformedMessageException(
                            "has a number in the field " + field.name() + " out of range" + meaning);
                }
                yield number;
            }
            case TEXT -> readText(field, readBytes(field, bytes));
            case BYTES -> readBytes(field, bytes).asReadOnlyBuffer();
            case MESSAGE -> read(field.message(), readBytes(field, bytes));
            case SKIPPED -> {
                readBytes(field, bytes);
                yield "";
            }
        };
    }

    private static String readText(Field field, ByteBuffer bytes) throws MalformedMessageException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException invalid) {
            throw new MalformedMessageException("has text in the field " + field.name() + " that is not UTF-8");
        }
    }

    private static ByteBuffer readBytes(Field field, ByteBuffer bytes) throws MalformedMessageException {
        long length = readVarint(bytes);
        if (length < 0 || length > bytes.remaining()) {
            throw malformed(field);
        }
        ByteBuffer value = bytes.slice(bytes.position(), (int) length);
        bytes.position(bytes.position() + (int) length);
        return value;
    }

    /** Reads 64 bits. */
    private static long readVarint(ByteBuffer bytes) throws MalformedMessageException {
        long value = 0;
        for (int shift = 0; shift <= LAST_SHIFT && bytes.hasRemaining(); shift += GROUP_BITS) {
            int group = bytes.get() & 0xff;
            boolean isLast = (group & MORE) == 0;
            // The last of ten groups has one bit; an empty last group is not the shortest form.
            boolean isShortest = shift == 0 || !isLast || group != 0;
            if (!isShortest || shift == LAST_SHIFT && group > 1) {
                break;
            }
            value |= (long) (group & GROUP_MASK) << shift;
            if (isLast) {
                return value;
            }
        }
        throw new MalformedMessageException("has a malformed number");
    }

    @SuppressWarnings("unchecked") // the type of the field decides what is stored
    private static List<Object> listIn(Map<String, Object> values, Field field) {
        return (List<Object>) values.computeIfAbsent(field.name(), name -> new ArrayList<>());
    }

    @SuppressWarnings("unchecked") // the type of the field decides what is stored
    private static Map<String, Object> mapIn(Map<String, Object> values, Field field) {
        return (Map<String, Object>) values.computeIfAbsent(field.name(), name -> new LinkedHashMap<>());
    }

    private static MalformedMessageException malformed(Field field) {
        return new MalformedMessageException("has a malformed field " + field.name());
    }
}
