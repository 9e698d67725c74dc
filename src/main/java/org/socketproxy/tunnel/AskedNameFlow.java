package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http2.api.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.AskedName;
import org.socketproxy.policy.build.DeniedContentException;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.policy.build.MessageSplitter;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.build.SessionRule;

/**
 * Reads the only message of the daemon in a call, before the client gets the call. The message names a secret, an agent or a registry.
 *
 * <p>Security: what follows the message, or is no message, ends the call.
 */
final class AskedNameFlow extends SessionFlow {
    private static final int INVALID_ARGUMENT = 3;

    private final SessionCall call;
    private final Operation operation;
    private final AskedName asked;
    private final SessionNames names;
    private final Consumer<ByteBuffer> allowed;
    private final MessageSplitter messages;
    private @Nullable ByteBuffer judged;
    private boolean isClosed;

    /** @param allowed takes the message to forward, in its frame, when the daemon has sent all */
    AskedNameFlow(
            SessionCall call,
            Operation operation,
            SessionRule rule,
            AskedName asked,
            SessionNames names,
            Consumer<ByteBuffer> allowed) {
        super(call, call.daemon());
        this.call = call;
        this.operation = operation;
        this.asked = asked;
        this.names = names;
        this.allowed = allowed;
        this.messages = new MessageSplitter(rule.mostBytes(), call.unread());
    }

    /** @param isEmpty whether the daemon sends no message */
    void begin(Stream daemon, boolean isEmpty) {
        if (isEmpty) {
            refuse("is missing");
        } else {
            daemon.demand();
        }
    }

    @Override
    void read(Stream daemon, ByteBuffer bytes, boolean isLast, Runnable release) {
        call.record().addDownstream(bytes.remaining());
        try {
            ByteBuffer whole = read(bytes, isLast);
            if (whole != null) {
                allowed.accept(whole);
            } else if (!isLast) {
                next(daemon);
            }
        } catch (MalformedMessageException malformed) {
            refuse(String.valueOf(malformed.getMessage()));
        } catch (DeniedContentException denied) {
            call.denyName(operation, denied);
        } finally {
            release.run();
        }
    }

    /** Returns the message to forward when the daemon has sent all. */
    private synchronized @Nullable ByteBuffer read(ByteBuffer part, boolean isLast)
            throws MalformedMessageException, DeniedContentException {
        if (isClosed) {
            return null;
        }
        messages.read(part, this::take);
        if (isLast && (judged == null || !messages.isBetweenMessages())) {
            throw new MalformedMessageException("is incomplete");
        }
        return isLast ? judged : null;
    }

    private void take(ByteBuffer message) throws MalformedMessageException, DeniedContentException {
        if (judged != null) {
            throw new MalformedMessageException("is not exactly one gRPC message");
        }
        judged = asked.judge(message, names);
    }

    private void refuse(String problem) {
        call.deny(Reason.SESSION_NAME, INVALID_ARGUMENT, "the message of " + operation.id() + " " + problem);
    }

    /** Frees the memory. */
    synchronized void close() {
        isClosed = true;
        messages.close();
    }

    @Override
    void ended(int error) {
        call.answer().reset(error);
    }
}
