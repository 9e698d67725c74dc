package org.socketproxy.policy.build;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.socketproxy.policy.build.MessageType.Count;
import org.socketproxy.policy.build.MessageType.Field;

/** Writes the values of a message. What {@link ProtoReader} reads from the bytes equals the message. */
final class ProtoWriter {
    private static final int LENGTH_DELIMITED = 2;
    private static final int WIRE_TYPE_BITS = 3;
    private static final int GROUP_BITS = 7;
    private static final int GROUP_MASK = 0x7f;
    private static final int MORE = 0x80;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private ProtoWriter() {}

    static byte[] write(ProtoMessage message) {
        ProtoWriter writer = new ProtoWriter();
        message.values().forEach((name, value) -> writer.field(message.type().field(name), value));
        for (Field field : message.type().fields()) {
            if (field.count() == Count.ALWAYS && !message.values().containsKey(field.name())) {
                writer.delimited(field.number(), write(new ProtoMessage(field.message(), Map.of())));
            }
        }
        return writer.bytes.toByteArray();
    }

    /** Writes what is before the content of a field. */
    static byte[] head(int number, int length) {
        ProtoWriter writer = new ProtoWriter();
        writer.begin(number, length);
        return writer.bytes.toByteArray();
    }

    private void field(Field field, Object value) {
        switch (field.count()) {
            case ONE, REQUIRED, ALWAYS, ONEOF -> value(field.number(), value);
            case LIST -> ((List<?>) value).forEach(element -> value(field.number(), element));
            case MAP ->
                ((Map<?, ?>) value).forEach((key, element) -> {
                    ProtoWriter entry = new ProtoWriter();
                    entry.value(1, key);
                    entry.value(2, element);
                    delimited(field.number(), entry.bytes.toByteArray());
                });
        }
    }

    private void value(int number, Object value) {
        if (value instanceof Boolean flag) {
            varint((long) number << WIRE_TYPE_BITS);
            varint(flag ? 1 : 0);
        } else if (value instanceof Long digits) {
            varint((long) number << WIRE_TYPE_BITS);
            varint(digits);
        } else if (value instanceof String text) {
            delimited(number, text.getBytes(StandardCharsets.UTF_8));
        } else if (value instanceof ProtoMessage message) {
            delimited(number, write(message));
        } else {
            ByteBuffer content = ((ByteBuffer) value).duplicate();
            byte[] copy = new byte[content.remaining()];
            content.get(copy);
            delimited(number, copy);
        }
    }

    private void delimited(int number, byte[] content) {
        begin(number, content.length);
        bytes.writeBytes(content);
    }

    private void begin(int number, int length) {
        varint((long) number << WIRE_TYPE_BITS | LENGTH_DELIMITED);
        varint(length);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~GROUP_MASK) != 0) {
            bytes.write((int) (rest & GROUP_MASK) | MORE);
            rest >>>= GROUP_BITS;
        }
        bytes.write((int) rest);
    }
}
