package org.socketproxy.policy.build;

import java.nio.ByteBuffer;

/** Frame of a gRPC message: a flag for compression, the length in four bytes (big-endian), and the message. */
public final class GrpcFrame {
    private static final int PREFIX_BYTES = 5;

    private GrpcFrame() {}

    /**
     * Returns the message of a unary call.
     *
     * @param body the whole body of the request or response
     * @throws MalformedMessageException unless the body is exactly one message without compression
     */
    public static ByteBuffer message(ByteBuffer body) throws MalformedMessageException {
        ByteBuffer rest = body.slice();
        if (rest.remaining() < PREFIX_BYTES) {
            throw new MalformedMessageException("is no gRPC message");
        }
        if (rest.get() != 0) {
            throw new MalformedMessageException("is a compressed gRPC message");
        }
        // A length above 2^31 is a negative number here and differs too.
        if (rest.getInt() != rest.remaining()) {
            throw new MalformedMessageException("is not exactly one gRPC message");
        }
        return rest.slice();
    }

    /** Returns the body with one message. */
    public static ByteBuffer of(byte[] message) {
        return ByteBuffer.allocate(PREFIX_BYTES + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .flip();
    }
}
