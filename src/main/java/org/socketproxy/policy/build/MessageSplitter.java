package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Splits the body of a call into messages, which come in any parts.
 *
 * <p>Security: holds one message, of limited length, and asks for the memory before. A compressed message is refused.
 *
 * <p>Threading: one thread at a time.
 */
public final class MessageSplitter {
    private static final int PREFIX_BYTES = 5;
    private static final int LENGTH_AT = 1;
    private static final int FIRST_BYTES = 64 * 1024;

    private final int mostBytes;
    private final Memory memory;
    private final byte[] prefix = new byte[PREFIX_BYTES];
    private byte[] part = {};
    private int length;

    static final Memory NO_MEMORY = new Memory() {
        @Override
        public boolean reserve(int bytes) {
            return false;
        }

        @Override
        public void release(int bytes) {}
    };

    /** Takes messages without their frames. */
    public interface Taker {
        void take(ByteBuffer message) throws MalformedMessageException, DeniedContentException;
    }

    /** Counts the memory for an incomplete message. */
    public interface Memory {
        /** Reserves bytes, or returns false if so many are not free. */
        boolean reserve(int bytes);

        void release(int bytes);
    }

    public MessageSplitter(int mostBytes, Memory memory) {
        this.mostBytes = mostBytes;
        this.memory = memory;
    }

    /** Takes all bytes of a part, and passes the messages on that are complete. */
    public void read(ByteBuffer bytes, Taker taker) throws MalformedMessageException, DeniedContentException {
        while (bytes.hasRemaining()) {
            if (length < PREFIX_BYTES) {
                int more = Math.min(PREFIX_BYTES - length, bytes.remaining());
                bytes.get(prefix, length, more);
                length += more;
                if (length < PREFIX_BYTES) {
                    return;
                }
                requireAllowed();
            }
            int missing = messageBytes() - (length - PREFIX_BYTES);
            if (length == PREFIX_BYTES && bytes.remaining() >= missing) {
                ByteBuffer whole = bytes.slice(bytes.position(), missing);
                bytes.position(bytes.position() + missing);
                length = 0;
                taker.take(whole);
            } else if (add(bytes, Math.min(missing, bytes.remaining())) == messageBytes()) {
                ByteBuffer whole = ByteBuffer.wrap(part, 0, messageBytes());
                close();
                taker.take(whole);
            }
        }
    }

    private int messageBytes() {
        return ByteBuffer.wrap(prefix).getInt(LENGTH_AT);
    }

    private void requireAllowed() throws MalformedMessageException {
        if (prefix[0] != 0) {
            throw new MalformedMessageException("is a compressed gRPC message");
        }
        if (messageBytes() < 0 || messageBytes() > mostBytes) {
            throw new MalformedMessageException("has more than " + mostBytes + " bytes");
        }
    }

    /** Returns the number of bytes of the message that it has now. */
    private int add(ByteBuffer bytes, int more) throws DeniedContentException {
        int before = length - PREFIX_BYTES;
        if (before + more > part.length) {
            int capacity = Math.min(messageBytes(), Math.max(FIRST_BYTES, 2 * (before + more)));
            if (!memory.reserve(capacity - part.length)) {
                throw new DeniedContentException("needs more memory than is free for this client");
            }
            part = Arrays.copyOf(part, capacity);
        }
        bytes.get(part, before, more);
        length += more;
        return before + more;
    }

    /** Returns the number of bytes of an incomplete message. */
    public int heldBytes() {
        return length;
    }

    /** Returns true if no message is incomplete. */
    public boolean isBetweenMessages() {
        return length == 0;
    }

    /** Discards an incomplete message. */
    public void close() {
        memory.release(part.length);
        part = new byte[0];
        length = 0;
    }
}
