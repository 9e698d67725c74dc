package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.socketproxy.policy.ResponseTransform;

/**
 * Shows each message of a gRPC response to a reader before the client gets its last bytes. The response stays as it is.
 *
 * <p>Threading: one thread at a time.
 */
final class GrpcResponse implements ResponseTransform {
    /** The reader does not get a longer message. */
    private static final int MAX_BYTES = 4 * 1024 * 1024;

    private static final int PREFIX_BYTES = 5;
    private static final int LENGTH_AT = 1;

    private final Consumer<ByteBuffer> reader;
    private byte[] message = new byte[PREFIX_BYTES];
    private int length;
    /** Bytes of the message that are still to come and that the reader does not get. */
    private long skipped;

    /** @param reader gets a message with its frame */
    GrpcResponse(Consumer<ByteBuffer> reader) {
        this.reader = reader;
    }

    @Override
    public void accept(ByteBuffer chunk, Consumer<ByteBuffer> out) {
        ByteBuffer rest = chunk.duplicate();
        while (rest.hasRemaining()) {
            int bytes = (int) Math.min(rest.remaining(), skipped > 0 ? skipped : missing());
            if (skipped > 0) {
                skipped -= bytes;
                rest.position(rest.position() + bytes);
            } else {
                add(rest, bytes);
            }
        }
        out.accept(chunk);
    }

    /** Returns the number of bytes to the end of the prefix, or of the message. */
    private long missing() {
        return length < PREFIX_BYTES ? PREFIX_BYTES - length : PREFIX_BYTES + messageBytes() - length;
    }

    private long messageBytes() {
        return ByteBuffer.wrap(message).getInt(LENGTH_AT) & 0xffffffffL;
    }

    private void add(ByteBuffer rest, int bytes) {
        if (length + bytes > message.length) {
            message = Arrays.copyOf(message, Math.max(length + bytes, 2 * message.length));
        }
        rest.get(message, length, bytes);
        length += bytes;
        if (length == PREFIX_BYTES && messageBytes() > MAX_BYTES) {
            skipped = messageBytes();
            length = 0;
        } else if (length >= PREFIX_BYTES && missing() == 0) {
            reader.accept(ByteBuffer.wrap(message, 0, length).slice());
            message = new byte[PREFIX_BYTES];
            length = 0;
        }
    }

    @Override
    public void end() {}

    @Override
    public int heldBytes() {
        return message.length;
    }
}
