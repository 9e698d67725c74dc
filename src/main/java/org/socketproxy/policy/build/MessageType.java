package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/** The closed list of fields of a message, from {@code build-messages.tsv}. */
final class MessageType {
    /** Loaded at the first use, because most proxies serve no builds. */
    private static final class Loaded {
        static final Map<String, MessageType> TYPES = load();
    }

    private final String name;
    private final Map<Integer, Field> byNumber = new HashMap<>();
    private final Map<String, Field> byName = new HashMap<>();

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
        LIST,
        /** Map with text as keys: a list of messages with the key as field 1 and the value as field 2. */
        MAP
    }

    /** @param type name of the message's type; empty for another form */
    record Field(int number, String name, Form form, Count count, String type) {
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
                    Field field = field(Integer.parseInt(cells[1]), cells[2], cells[3]);
                    if (type.byNumber.put(field.number(), field) != null
                            || type.byName.put(field.name(), field) != null) {
                        throw new IllegalArgumentException("the message has this field already");
                    }
                    return field;
                })
                .load(MessageType.class).stream()
                        .filter(field -> field.form() == Form.MESSAGE)
                        .forEach(field ->
                                Objects.requireNonNull(types.get(field.type()), () -> "No type " + field.type()));
        return types;
    }

    /** @param text such as {@code text}, {@code text[]}, {@code map:text} or {@code list:Exporter} */
    private static Field field(int number, String name, String text) {
        int colon = text.indexOf(':');
        Count count = colon < 0
                ? Count.ONE
                : switch (text.substring(0, colon)) {
                    case "list" -> Count.LIST;
                    case "map" -> Count.MAP;
                    default -> throw new IllegalArgumentException("unknown type " + text);
                };
        String value = text.substring(colon + 1);
        Form form = switch (value) {
            case "text" -> Form.TEXT;
            case "bytes" -> Form.BYTES;
            case "flag" -> Form.FLAG;
            case "number" -> Form.NUMBER;
            case "skipped" -> Form.SKIPPED;
            default -> Form.MESSAGE;
        };
        if (count != Count.ONE && (form == Form.FLAG || form == Form.NUMBER || form == Form.SKIPPED)) {
            throw new IllegalArgumentException("a list of numbers can be packed, which the reader does not know");
        }
        return new Field(number, name, form, count, form == Form.MESSAGE ? value : "");
    }

    String name() {
        return name;
    }

    /** Returns the field with this number, or null. */
    @Nullable
    Field field(int number) {
        return byNumber.get(number);
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
