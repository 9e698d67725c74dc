package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Packet of the protocol with which BuildKit copies folders, in both directions. */
record FilePacket(ProtoMessage fields) {
    static final String STAT = "stat";
    static final String ID = "ID";
    static final String DATA = "data";
    private static final String MESSAGE = "FilePacket";
    private static final List<Type> BY_NUMBER = List.of(Type.values());

    /** Kinds of packets, in the order of their numbers. */
    enum Type {
        /** Entry of a folder, or the end of the entries. */
        STAT,
        /** Requests the content of a file. */
        REQ,
        /** Part of a content, or its end. */
        DATA,
        FIN,
        ERR
    }

    static FilePacket read(ByteBuffer message) throws MalformedMessageException {
        return new FilePacket(ProtoMessage.read(MESSAGE, message));
    }

    static FilePacket error(String reason) {
        long type = BY_NUMBER.indexOf(Type.ERR);
        ProtoMessage error = new ProtoMessage(MessageType.of(MESSAGE), Map.of("type", type));
        return new FilePacket(error.with(DATA, ByteBuffer.wrap(reason.getBytes(StandardCharsets.UTF_8))));
    }

    Type type() {
        return BY_NUMBER.get((int) fields.number("type"));
    }

    /** Returns the index of the file that a packet is about. */
    int id() throws DeniedContentException {
        long id = fields.number(ID);
        if (id > Integer.MAX_VALUE) {
            throw new DeniedContentException("names an unknown file");
        }
        return (int) id;
    }

    @Nullable
    ProtoMessage stat() {
        return fields.has(STAT) ? fields.message(STAT) : null;
    }

    ByteBuffer data() {
        return fields.bytes(DATA);
    }

    /** Denies a packet with other fields than its type and this one. */
    void requireOnly(String field) throws DeniedContentException {
        for (String other : new String[] {STAT, ID, DATA}) {
            if (!other.equals(field) && fields.has(other)) {
                throw new DeniedContentException("sends a packet " + type() + " with the field " + other);
            }
        }
    }

    FilePacket with(ProtoMessage stat) {
        return new FilePacket(fields.with(STAT, stat));
    }

    /** Writes the packet; the content of a file without a further copy. */
    void write(SessionJudge.Output out) {
        ByteBuffer content = data();
        byte[] rest = fields.without(DATA).encode();
        byte[] head = content.hasRemaining() ? fields.head(DATA) : new byte[0];
        out.message(rest.length + head.length + content.remaining())
                .put(rest)
                .put(head)
                .put(content);
    }
}
