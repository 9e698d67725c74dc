package org.socketproxy.policy.build;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.build.MessageType.Count;
import org.socketproxy.policy.build.MessageType.Field;
import org.socketproxy.policy.build.MessageType.Form;

/** Reads messages with the library of Protocol Buffers, by schemas that are made of {@code build-messages.tsv}. */
final class ProtoOracle {
    private static final ProtoOracle INSTANCE = new ProtoOracle();

    private final Map<String, MessageType> types = MessageType.load();
    private final FileDescriptor file;

    private ProtoOracle() {
        FileDescriptorProto.Builder all =
                FileDescriptorProto.newBuilder().setName("all").setSyntax("proto3");
        types.values().forEach(type -> all.addMessageType(schema(type)));
        try {
            file = FileDescriptor.buildFrom(all.build(), new FileDescriptor[0]);
        } catch (DescriptorValidationException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    private static DescriptorProto schema(MessageType type) {
        DescriptorProto.Builder schema = DescriptorProto.newBuilder().setName(type.name());
        for (Field field : type.fields()) {
            FieldDescriptorProto.Builder own = schema.addFieldBuilder();
            if (field.count() == Count.MAP) {
                String entry = Character.toUpperCase(field.name().charAt(0))
                        + field.name().substring(1) + "Entry";
                schema.addNestedTypeBuilder()
                        .setName(entry)
                        .setOptions(MessageOptions.newBuilder().setMapEntry(true))
                        .addField(FieldDescriptorProto.newBuilder()
                                .setName("key")
                                .setNumber(1)
                                .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
                                .setType(FieldDescriptorProto.Type.TYPE_STRING))
                        .addField(value(
                                field,
                                FieldDescriptorProto.newBuilder()
                                        .setName("value")
                                        .setNumber(2)
                                        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)));
                own.setType(FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName("." + type.name() + "." + entry);
            } else {
                value(field, own);
            }
            boolean isRepeated = field.count() == Count.MAP || field.count() == Count.LIST;
            own.setName(field.name())
                    .setNumber(field.number())
                    .setLabel(
                            isRepeated
                                    ? FieldDescriptorProto.Label.LABEL_REPEATED
                                    : FieldDescriptorProto.Label.LABEL_OPTIONAL);
            if (field.count() == Count.ONEOF) {
                own.setOneofIndex(0);
            }
        }
        if (type.fields().stream().anyMatch(field -> field.count() == Count.ONEOF)) {
            schema.addOneofDecl(OneofDescriptorProto.newBuilder().setName("one"));
        }
        return schema.build();
    }

    private static FieldDescriptorProto.Builder value(Field field, FieldDescriptorProto.Builder own) {
        return switch (field.form()) {
            case TEXT -> own.setType(FieldDescriptorProto.Type.TYPE_STRING);
            case BYTES, SKIPPED -> own.setType(FieldDescriptorProto.Type.TYPE_BYTES);
            case FLAG -> own.setType(FieldDescriptorProto.Type.TYPE_BOOL);
            case MESSAGE -> own.setType(FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName("." + field.type());
            case NUMBER ->
                own.setType(
                        field.range().equals(MessageType.Range.ALL)
                                ? FieldDescriptorProto.Type.TYPE_INT64
                                : field.range().most() == 0xffffffffL
                                        ? FieldDescriptorProto.Type.TYPE_UINT32
                                        : FieldDescriptorProto.Type.TYPE_INT32);
        };
    }

    static Map<String, MessageType> types() {
        return INSTANCE.types;
    }

    /** Returns the values in a message; null if the library refuses it. */
    static @Nullable Object read(String type, byte[] bytes) {
        try {
            Descriptor schema = INSTANCE.file.findMessageTypeByName(type);
            return INSTANCE.values(INSTANCE.types.get(type), DynamicMessage.parseFrom(schema, bytes));
        } catch (InvalidProtocolBufferException refused) {
            return null;
        }
    }

    private Object values(MessageType type, Message message) {
        Map<String, Object> values = new TreeMap<>();
        if (!message.getUnknownFields().asMap().isEmpty()) {
            values.put("unknown", message.getUnknownFields().toString());
        }
        for (Field field : type.fields()) {
            FieldDescriptor own = message.getDescriptorForType().findFieldByNumber(field.number());
            if (field.form() == Form.SKIPPED) {
                continue;
            }
            if (field.count() == Count.LIST) {
                List<Object> list = new ArrayList<>();
                ((List<?>) message.getField(own)).forEach(each -> list.add(value(field, each)));
                if (!list.isEmpty()) {
                    values.put(field.name(), list);
                }
            } else if (field.count() == Count.MAP) {
                Map<String, Object> map = new LinkedHashMap<>();
                for (Object each : (List<?>) message.getField(own)) {
                    Message entry = (Message) each;
                    Object value = entry.getField(entry.getDescriptorForType().findFieldByNumber(2));
                    map.put(
                            (String) entry.getField(entry.getDescriptorForType().findFieldByNumber(1)),
                            value(field, value));
                }
                if (!map.isEmpty()) {
                    values.put(field.name(), map);
                }
            } else if (message.hasField(own)) {
                values.put(field.name(), value(field, message.getField(own)));
            }
        }
        return values;
    }

    private Object value(Field field, Object value) {
        if (value instanceof Message message) {
            return values(field.message(), message);
        }
        if (value instanceof ByteString bytes) {
            return bytes.asReadOnlyByteBuffer();
        }
        return value instanceof Integer number
                ? field.range().least() < 0 ? (long) number : Integer.toUnsignedLong(number)
                : value;
    }

    /** Returns the values of a message of the proxy in the same form. */
    static Object values(ProtoMessage message) {
        Map<String, Object> values = new TreeMap<>();
        message.values().forEach((name, value) -> values.put(name, plain(value)));
        return values;
    }

    private static Object plain(Object value) {
        if (value instanceof ProtoMessage message) {
            return values(message);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ProtoOracle::plain).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> plain = new LinkedHashMap<>();
            map.forEach((key, each) -> plain.put((String) key, plain(each)));
            return plain;
        }
        return value;
    }
}
