package org.socketproxy.policy.build;

import java.nio.ByteBuffer;

/** Buffer for messages with their frames. It grows as needed. */
public final class GrpcOutput implements SessionJudge.Output {
    private static final int PREFIX_BYTES = 5;

    private ByteBuffer buffer;

    public GrpcOutput() {
        this(ByteBuffer.allocate(0));
    }

    /** @param first takes the messages as long as there is room in it */
    public GrpcOutput(ByteBuffer first) {
        buffer = first;
    }

    @Override
    public ByteBuffer message(int bytes) {
        int needed = PREFIX_BYTES + bytes;
        if (buffer.remaining() < needed) {
            buffer = ByteBuffer.allocate(Math.max(buffer.position() + needed, 2 * buffer.capacity()))
                    .put(buffer.flip());
        }
        buffer.put((byte) 0).putInt(bytes);
        ByteBuffer message = buffer.slice(buffer.position(), bytes);
        buffer.position(buffer.position() + bytes);
        return message;
    }

    public boolean isEmpty() {
        return buffer.position() == 0;
    }

    /** Returns the frames. */
    public ByteBuffer written() {
        return buffer.flip();
    }
}
