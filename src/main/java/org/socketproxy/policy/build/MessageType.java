package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/** The closed list of fields of a message, from {@code build-messages.tsv}. */
final class MessageType {
    /** Number of the only row of a message without fields. */
    private static final String NONE = "-";
    /** Beginning of the type of a number with known values. */
    private static final String KNOWN = "0..";

    /** Loaded at the first use, because most proxies serve no builds. */
    private static final class Loaded {
        static final Map<String, MessageType> TYPES = load();
    }

    private final String name;
    private final Map<Integer, Field> byNumber = new HashMap<>();
    private final Map<String, Field> byName = new LinkedHashMap<>();

    /** Form of a value on the wire. */
    enum Form {
        TEXT,
        BYTES,
        FLAG,
        NUMBER,
        MESSAGE,
        /** Bytes that the daemon does not read. */
        SKIPPED
    }

    /** How often a field can occur. */
    enum Count {
        ONE,
        /** A message without it is refused. */
        REQUIRED,
        /** The writer adds an empty message if it is absent, because the daemon dereferences it. */
        ALWAYS,
        /** At most one such field occurs in a message, and a default value counts as present. */
        ONEOF,
        LIST,
        /** Map with text as keys: a list of messages with the key as field 1 and the value as field 2. */
        MAP
    }

    /** Values that a number can have. */
    record Range(long least, long most) {
        static final Range ALL = new Range(Long.MIN_VALUE, Long.MAX_VALUE);

        /** Returns the range of a number, also of one with known values such as {@code 0..2}; null for another type. */
        static @Nullable Range of(String type) {
            return switch (type) {
                case "int32" -> new Range(Integer.MIN_VALUE, Integer.MAX_VALUE);
                case "uint32" -> new Range(0, 0xffffffffL);
                case "int64" -> ALL;
                default -> type.startsWith(KNOWN) ? new Range(0, Long.parseLong(type.substring(KNOWN.length()))) : null;
            };
        }

        boolean has(long value) {
            return value >= least && value <= most;
        }
    }

    /**
     * A field of a message.
     *
     * @param type name of the message's type; empty for another form
     * @param range of a number
     * @param meaning of the known values of a number; empty for others
     */
    record Field(int number, String name, Form form, Count count, String type, Range range, String meaning) {
        /** Returns true for a value that the wire format does not distinguish from an absent one. */
        boolean isDefault(Object value) {
            return value.equals("")
                    || value.equals(false)
                    || value.equals(0L)
                    || value instanceof ByteBuffer bytes && !bytes.hasRemaining();
        }

        boolean isVarint() {
            return form == Form.FLAG || form == Form.NUMBER;
        }

        /** Returns the key of an entry of this map. */
        Field key() {
            return new Field(1, name, Form.TEXT, Count.ONE, "", Range.ALL, "");
        }

        MessageType message() {
            return MessageType.of(type);
        }
    }

    private MessageType(String name) {
        this.name = name;
    }

    static boolean isListed(String name) {
        return Loaded.TYPES.containsKey(name);
    }

    /** @throws IllegalArgumentException for a type that the table does not have */
    static MessageType of(String name) {
        MessageType type = Loaded.TYPES.get(name);
        if (type == null) {
            throw new IllegalArgumentException("There is no message type " + name);
        }
        return type;
    }

    static Map<String, MessageType> load() {
        Map<String, MessageType> types = new HashMap<>();
        new Table<>("build-messages.tsv", "message number name type note", cells -> {
                    MessageType type = types.computeIfAbsent(cells[0], MessageType::new);
                    if (cells[1].equals(NONE)) {
                        return Optional.<Field>empty();
                    }
                    Field field = field(Integer.parseInt(cells[1]), cells[2], cells[3], cells[4]);
                    if (type.byNumber.put(field.number(), field) != null
                            || type.byName.put(field.name(), field) != null) {
                        throw new IllegalArgumentException("the message has this field already");
                    }
                    return Optional.of(field);
                })
                .load(MessageType.class).stream()
                        .flatMap(Optional::stream)
                        .filter(field -> field.form() == Form.MESSAGE)
                        .forEach(field ->
                                Objects.requireNonNull(types.get(field.type()), () -> "No type " + field.type()));
        return types;
    }

    /** @param text such as {@code text}, {@code int32}, {@code 0..2}, {@code map:text} or {@code list:Exporter} */
    private static Field field(int number, String name, String text, String note) {
        int colon = text.indexOf(':');
        Count count = colon < 0
                ? Count.ONE
                : switch (text.substring(0, colon)) {
                    case "required" -> Count.REQUIRED;
                    case "always" -> Count.ALWAYS;
                    case "oneof" -> Count.ONEOF;
                    case "list" -> Count.LIST;
                    case "map" -> Count.MAP;
                    default -> throw new IllegalArgumentException("unknown type " + text);
                };
        String value = text.substring(colon + 1);
        Range range = Range.of(value);
        Form form = switch (value) {
            case "text" -> Form.TEXT;
            case "bytes" -> Form.BYTES;
            case "flag" -> Form.FLAG;
            case "skipped" -> Form.SKIPPED;
            default -> range == null ? Form.MESSAGE : Form.NUMBER;
        };
        if (count != Count.ONE && (form == Form.FLAG || form == Form.NUMBER || form == Form.SKIPPED)) {
            throw new IllegalArgumentException("a list of numbers can be packed, which the reader does not know");
        }
        if (count == Count.ALWAYS && form != Form.MESSAGE) {
            throw new IllegalArgumentException("only a message can be absent");
        }
        return new Field(
                number,
                name,
                form,
                count,
                form == Form.MESSAGE ? value : "",
                range == null ? Range.ALL : range,
                value.startsWith(KNOWN) ? note : "");
    }

    String name() {
        return name;
    }

    /** Returns the field with this number, or null. */
    @Nullable
    Field field(int number) {
        return byNumber.get(number);
    }

    Collection<Field> fields() {
        return byName.values();
    }

    /** @throws IllegalArgumentException if the message has no field of this name */
    Field field(String fieldName) {
        Field field = byName.get(fieldName);
        if (field == null) {
            throw new IllegalArgumentException("The message " + name + " has no field " + fieldName);
        }
        return field;
    }

    boolean has(String fieldName) {
        return byName.containsKey(fieldName);
    }
}
