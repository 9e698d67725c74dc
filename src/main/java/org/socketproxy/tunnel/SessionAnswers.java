package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.HeadersFrame;
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
        super(call);
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
    void read(Stream client, Stream.Data data) {
        boolean isLast = data.frame().isEndStream();
        call.record().addUpstream(data.frame().remaining());
        try {
            ByteBuffer judged = judge(data.frame().getByteBuffer(), isLast);
            if (judged.hasRemaining()) {
                write(client, judged, isLast);
            } else {
                proceed(client, isLast);
            }
        } catch (MalformedMessageException malformed) {
            deny(INVALID_ARGUMENT, "the message of " + operation.id() + " " + malformed.getMessage());
        } catch (DeniedContentException denied) {
            deny(denied);
        } finally {
            data.release();
        }
    }

    private synchronized ByteBuffer judge(ByteBuffer part, boolean isLast)
            throws MalformedMessageException, DeniedContentException {
        requireOpen();
        GrpcOutput out = new GrpcOutput(messages.heldBytes() + part.remaining());
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
        return out.written();
    }

    private void requireOpen() throws DeniedContentException {
        if (isClosed) {
            throw new DeniedContentException("has lost the call");
        }
    }

    private void write(Stream client, ByteBuffer judged, boolean isLast) {
        int bytes = judged.remaining();
        if (call.unread().reserve(bytes)) {
            call.answer()
                    .data(
                            judged,
                            Callback.from(
                                    InvocationType.NON_BLOCKING,
                                    () -> {
                                        call.unread().release(bytes);
                                        proceed(client, isLast);
                                    },
                                    cause -> call.unread().release(bytes)));
        }
    }

    /** Writes more of what the messages have become, or reads on. */
    private void proceed(Stream client, boolean isLast) {
        try {
            ByteBuffer more = more(isLast);
            if (more.hasRemaining()) {
                call.execute(() -> write(client, more, isLast)); // not in the callback, which could nest without an end
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
        GrpcOutput out = new GrpcOutput(0);
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
        call.deny(Reason.SESSION_CONTENT, code, sentence);
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
