package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.io.Retainable;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.GrpcStatus;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.DeniedContentException;
import org.socketproxy.policy.build.GrpcOutput;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.policy.build.MessageSplitter;
import org.socketproxy.policy.build.SessionJudge;
import org.socketproxy.policy.build.SessionRule;

/**
 * Forwards what the client sends in a call: messages that the judge has written again, and the status of the call.
 *
 * <p>Security: no other field of the client's head and trailers reaches the daemon.
 */
final class SessionAnswers extends SessionFlow {
    private static final int INVALID_ARGUMENT = 3;
    /** A message that is written again can be longer. */
    private static final int SPARE_BYTES = 64;
    /** The largest buffer that the pool keeps. */
    private static final int ROOM_BYTES = 64 * 1024;

    private final SessionCall call;
    private final Operation operation;
    private final SessionRule rule;
    private final SessionJudge judge;
    private final MessageSplitter messages;
    private GrpcStatus status = GrpcStatus.MISSING;
    private boolean hasHead;
    private int count;
    private boolean isEnded;
    private boolean isClosed;

    SessionAnswers(SessionCall call, Operation operation, SessionRule rule, SessionJudge judge) {
        super(call, call.client());
        this.call = call;
        this.operation = operation;
        this.rule = rule;
        this.judge = judge;
        this.messages = new MessageSplitter(rule.mostBytes(), call.unread());
    }

    @Override
    public void onHeaders(Stream client, HeadersFrame frame) {
        HttpFields fields = frame.getMetaData().getHttpFields();
        if (!(frame.getMetaData() instanceof MetaData.Response response)) {
            status = GrpcStatus.of(fields); // the data before the trailers is still to be read
        } else if (hasHead || response.getStatus() != HttpStatus.OK_200) {
            deny(INVALID_ARGUMENT, "the client does not answer with the protocol of gRPC");
        } else if (frame.isEndStream()) {
            call.answer().end(GrpcStatus.of(fields));
        } else {
            hasHead = true;
            call.answer().head(Callback.from(InvocationType.NON_BLOCKING, () -> next(client), cause -> {}));
        }
    }

    @Override
    void read(Stream client, ByteBuffer bytes, boolean isLast, Runnable release) {
        call.record().addUpstream(bytes.remaining());
        RetainableByteBuffer room =
                call.client().buffer(Math.min(messages.heldBytes() + bytes.remaining() + SPARE_BYTES, ROOM_BYTES));
        GrpcOutput out = new GrpcOutput(room.getByteBuffer().clear());
        boolean isAllowed;
        try {
            isAllowed = isAllowed(bytes, isLast, out);
        } finally {
            release.run();
        }
        if (isAllowed && !out.isEmpty()) {
            write(client, out.written(), isLast, room);
        } else {
            room.release();
            if (isAllowed) {
                proceed(client, isLast);
            }
        }
    }

    private boolean isAllowed(ByteBuffer part, boolean isLast, GrpcOutput out) {
        try {
            judge(part, isLast, out);
            return true;
        } catch (MalformedMessageException malformed) {
            deny(INVALID_ARGUMENT, "the message of " + operation.id() + " " + malformed.getMessage());
        } catch (DeniedContentException denied) {
            deny(denied);
        }
        return false;
    }

    private synchronized void judge(ByteBuffer part, boolean isLast, GrpcOutput out)
            throws MalformedMessageException, DeniedContentException {
        requireOpen();
        messages.read(part, message -> {
            count++;
            if (rule.isUnary() && count > 1) {
                throw new MalformedMessageException("is not exactly one gRPC message");
            }
            judge.judge(message, out);
        });
        if (isLast && !messages.isBetweenMessages()) {
            throw new MalformedMessageException("is incomplete");
        }
        judge.continueWith(out);
    }

    private void requireOpen() throws DeniedContentException {
        if (isClosed) {
            throw new DeniedContentException("has lost the call");
        }
    }

    /** @param room is released after the write */
    private void write(Stream client, ByteBuffer judged, boolean isLast, Retainable room) {
        int bytes = judged.remaining();
        Runnable release = () -> {
            room.release();
            call.unread().release(bytes);
        };
        if (call.unread().reserve(bytes)) {
            Callback written = Callback.from(
                    InvocationType.NON_BLOCKING,
                    () -> {
                        release.run();
                        proceed(client, isLast);
                    },
                    cause -> release.run());
            call.answer().data(judged, written);
        } else {
            room.release();
        }
    }

    /** Writes more of what the messages have become, or reads on. */
    private void proceed(Stream client, boolean isLast) {
        try {
            ByteBuffer more = more(isLast);
            if (more.hasRemaining()) {
                // not in the callback, which could nest without an end
                call.execute(() -> write(client, more, isLast, Retainable.NON_RETAINABLE));
            } else if (isLast) {
                call.answer().end(status);
            } else {
                next(client);
            }
        } catch (DeniedContentException denied) {
            deny(denied);
        }
    }

    private synchronized ByteBuffer more(boolean isLast) throws DeniedContentException {
        requireOpen();
        GrpcOutput out = new GrpcOutput();
        judge.continueWith(out);
        if (isLast && out.isEmpty() && status.code() == 0 && !isEnded) {
            isEnded = true;
            judge.end(out);
        }
        return out.written();
    }

    private void deny(DeniedContentException denied) {
        deny(GrpcStatus.PERMISSION_DENIED, operation.id() + ": the client " + denied.getMessage());
    }

    private void deny(int code, String sentence) {
        GrpcStatus denied = SessionCall.status(code, sentence);
        GrpcOutput error = new GrpcOutput();
        if (hasHead) {
            judge.fail(denied.message(), error);
        }
        call.deny(Reason.SESSION_CONTENT, denied, error.written());
    }

    /** Frees the memory. */
    synchronized void close() {
        isClosed = true;
        messages.close();
        judge.close();
    }

    @Override
    void ended(int error) {
        call.answer().reset(error);
    }
}
