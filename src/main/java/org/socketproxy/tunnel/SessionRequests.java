package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.build.DeniedContentException;
import org.socketproxy.policy.build.MalformedMessageException;
import org.socketproxy.policy.build.MessageSplitter;
import org.socketproxy.policy.build.SessionJudge;
import org.socketproxy.policy.build.SessionRule;

/** Forwards what the daemon sends in a call, as it is. The judge of the call sees each message before the client has all of it. */
final class SessionRequests extends SessionFlow {
    private final SessionCall call;
    private final SessionJudge judge;
    private @Nullable MessageSplitter messages;
    private final @Nullable ByteBuffer judged;
    private @Nullable Stream client;

    /** @param judged the only message of the daemon, or null to read its messages */
    SessionRequests(SessionCall call, SessionRule rule, SessionJudge judge, @Nullable ByteBuffer judged) {
        super(call, call.daemon());
        this.call = call;
        this.judge = judge;
        this.judged = judged;
        this.messages = judge.needsRequests() ? new MessageSplitter(rule.mostBytes(), call.unread()) : null;
    }

    void begin(Stream daemon, Stream opened) {
        client = opened;
        if (judged == null) {
            daemon.demand();
        } else {
            opened.data(new DataFrame(opened.getId(), judged, true), Callback.NOOP); // the call ends with the answers
        }
    }

    @Override
    void read(Stream daemon, ByteBuffer bytes, boolean isLast, Runnable release) {
        see(bytes.slice());
        call.record().addDownstream(bytes.remaining());
        Stream to = Objects.requireNonNull(client);
        to.data(
                new DataFrame(to.getId(), bytes, isLast),
                Callback.from(
                        InvocationType.NON_BLOCKING,
                        () -> {
                            release.run();
                            if (!isLast) {
                                next(daemon);
                            }
                        },
                        cause -> release.run())); // the call ends with the answers
    }

    private void see(ByteBuffer bytes) {
        MessageSplitter seen = messages;
        if (seen != null) {
            try {
                seen.read(bytes, judge::see);
            } catch (MalformedMessageException | DeniedContentException unknown) {
                seen.close();
                messages = null;
            }
        }
    }

    @Override
    void ended(int error) {
        call.answer().reset(error);
    }
}
