package org.socketproxy.policy.build;

import java.nio.ByteBuffer;

/**
 * Judges the messages of one call of the daemon on the session of a client.
 *
 * <p>Threading: the messages of the client and those of the daemon come on different threads.
 */
public interface SessionJudge extends AutoCloseable {
    /** Takes the messages to forward, written from the judged values. */
    interface Output {
        /** Begins a message of this length; the caller fills the buffer. */
        ByteBuffer message(int bytes);

        default void add(byte[] message) {
            message(message.length).put(message);
        }
    }

    /** Judges a message of the client, without the frame of gRPC. */
    void judge(ByteBuffer message, Output out) throws MalformedMessageException, DeniedContentException;

    /** Writes a limited part of what the messages have become, or nothing if all of it is written. */
    default void continueWith(Output out) throws DeniedContentException {}

    /** Ends the messages of the client, after a success. */
    default void end(Output out) throws DeniedContentException {}

    /**
     * Writes the message with which a client of this call reports an error, if the call has one. The end of a call that is denied can
     * reach the daemon as a cancellation without a reason.
     */
    default void fail(String reason, Output out) {}

    /** Frees memory, once. */
    @Override
    default void close() {}

    /** Returns true if {@link #see} needs the messages of the daemon. */
    default boolean needsRequests() {
        return false;
    }

    /** Sees a message of the daemon before the client gets it. */
    default void see(ByteBuffer message) {}
}
