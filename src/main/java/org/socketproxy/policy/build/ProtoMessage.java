package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Message of Protocol Buffers, read by the closed list of fields of its type. Equal messages have equal values; the order of a map
 * and of the fields does not count, and a value that is the default counts as absent.
 *
 * <p>Security: {@link ProtoReader} refuses what two readers could read differently.
 */
public final class ProtoMessage {
    private final MessageType type;
    /** String, ByteBuffer, Boolean, Long, ProtoMessage, a list or a map of these. */
    private final Map<String, Object> values;

    ProtoMessage(MessageType type, Map<String, Object> values) {
        this.type = type;
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * Reads a message.
     *
     * @param type name of a message in {@code build-messages.tsv}
     * @throws MalformedMessageException if a field is unknown, repeated or malformed
     */
    static ProtoMessage read(String type, ByteBuffer message) throws MalformedMessageException {
        return new ProtoReader().read(MessageType.of(type), message.slice());
    }

    MessageType type() {
        return type;
    }

    /** Returns the present values by name of the field. */
    Map<String, Object> values() {
        return values;
    }

    boolean has(String field) {
        return value(field) != null;
    }

    @Nullable
    Object value(String field) {
        return values.get(type.field(field).name());
    }

    /** Returns the text of a field; empty if it is absent. */
    public String text(String field) {
        return value(field) instanceof String text ? text : "";
    }

    /** Returns the number of a field; 0 if it is absent. */
    long number(String field) {
        return value(field) instanceof Long number ? number : 0;
    }

    /** Returns the bytes of a field; none if it is absent. */
    ByteBuffer bytes(String field) {
        return value(field) instanceof ByteBuffer bytes ? bytes.duplicate() : ByteBuffer.allocate(0);
    }

    /** Returns the message in a field; an empty one if it is absent. */
    ProtoMessage message(String field) {
        return value(field) instanceof ProtoMessage message
                ? message
                : new ProtoMessage(type.field(field).message(), Map.of());
    }

    List<String> texts(String field) {
        return value(field) instanceof List<?> list
                ? list.stream().map(String.class::cast).toList()
                : List.of();
    }

    List<ProtoMessage> messages(String field) {
        return value(field) instanceof List<?> list
                ? list.stream().map(ProtoMessage.class::cast).toList()
                : List.of();
    }

    /** Returns the entries of a map with texts in their order. */
    Map<String, String> textMap(String field) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value(field) instanceof Map<?, ?> map) {
            map.forEach((key, text) -> texts.put((String) key, (String) text));
        }
        return texts;
    }

    /** Returns a message with another value of a field. */
    ProtoMessage with(String field, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.put(type.field(field).name(), value);
        return new ProtoMessage(type, changed);
    }

    /** Returns a message without a field. */
    ProtoMessage without(String field) {
        Map<String, Object> changed = new LinkedHashMap<>(values);
        changed.remove(type.field(field).name());
        return new ProtoMessage(type, changed);
    }

    /** Returns what is before the content of a field with bytes: its number and its length. */
    byte[] head(String field) {
        return ProtoWriter.head(type.field(field).number(), bytes(field).remaining());
    }

    /** Returns the bytes of the message. */
    public byte[] encode() {
        return ProtoWriter.write(this);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ProtoMessage message
                && type == message.type
                && content().equals(message.content());
    }

    @Override
    public int hashCode() {
        return content().hashCode();
    }

    /** A default value, and a present message without values, mean the same to the daemon as an absent one. */
    Map<String, Object> content() {
        Map<String, Object> content = new LinkedHashMap<>(values);
        content.entrySet()
                .removeIf(entry -> entry.getValue() instanceof ProtoMessage message
                        ? message.isEmpty()
                        : type.field(entry.getKey()).isDefault(entry.getValue()));
        return content;
    }

    boolean isEmpty() {
        return content().isEmpty();
    }

    /** Names the type only: values can be secrets. */
    @Override
    public String toString() {
        return type.name();
    }
}
