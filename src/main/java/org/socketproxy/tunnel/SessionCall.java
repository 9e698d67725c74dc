package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.DaemonCall;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.GrpcStatus;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.build.AskedName;
import org.socketproxy.policy.build.DeniedContentException;
import org.socketproxy.policy.build.SessionJudge;
import org.socketproxy.policy.build.SessionNames;
import org.socketproxy.policy.build.SessionRule;

/**
 * One call of the daemon on a session: decides, opens the same call to the client, and connects the streams of both.
 *
 * <p>Security: the profile must permit the call. A denial ends it at once.
 *
 * <p>Threading: event-driven; thread-safe.
 */
final class SessionCall {
    private static final int UNIMPLEMENTED = 12;
    /** The client could compress its messages, which the proxy does not read. */
    private static final String COMPRESSIONS = "grpc-accept-encoding";

    private final JudgedSession session;
    private final HTTP2Stream daemon;
    private final HeadersFrame head;
    private final DaemonCall record;
    private final SessionAnswer answer;
    private @Nullable Stream client;
    private Runnable closing = () -> {};
    private boolean isOver;

    SessionCall(JudgedSession session, HTTP2Stream daemon, HeadersFrame head) {
        this.session = session;
        this.daemon = daemon;
        this.head = head;
        this.record = session.exchange()
                .call(
                        request().getHttpURI().getPath(),
                        System.identityHashCode(session.client().getEndPoint()),
                        this::abort);
        this.answer = new SessionAnswer(daemon, session.daemon(), this::end);
    }

    private MetaData.Request request() {
        return (MetaData.Request) head.getMetaData();
    }

    void begin() {
        daemon.setListener(new Stream.Listener() {}); // for a denied call
        if (!session.exchange().isRecordable()) {
            deny(Reason.AUDIT_UNAVAILABLE, GrpcStatus.UNAVAILABLE, "the proxy cannot write its audit log");
            return;
        }
        try {
            decide(RequestTarget.parse(request().getHttpURI().getPathQuery()));
        } catch (BadTargetException malformed) {
            deny(Reason.of(malformed.fault()), UNIMPLEMENTED, malformed.fault().sentence());
        }
    }

    private void decide(RequestTarget target) throws BadTargetException {
        Profile profile = session.exchange().trial().profile();
        Operation operation = HttpMethod.POST.is(request().getMethod())
                ? OperationCatalogue.load().find(Operation.CALL, target).orElse(null)
                : null;
        Decision decision = profile.decide(operation, target, RequestHead.EMPTY);
        SessionRule rule = operation == null ? null : SessionRule.of(operation);
        if (operation != null && rule != null && profile.letsThrough(decision)) {
            record.permit(decision);
            session.exchanges().begin(record);
            judgeName(operation, rule, profile.get(SessionNames.KEY));
        } else {
            record.deny(decision);
            answer.end(status(
                    operation == null ? UNIMPLEMENTED : GrpcStatus.PERMISSION_DENIED,
                    DenialMessage.sentence(decision, profile.origin(), List::of)));
        }
    }

    static GrpcStatus status(int code, String sentence) {
        return new GrpcStatus(
                code,
                GrpcStatus.of(new ErrorReply(HttpStatus.FORBIDDEN_403, sentence))
                        .message());
    }

    /** Judges the name in the call before the client sees the call, because a client could answer before the message. */
    private void judgeName(Operation operation, SessionRule rule, SessionNames names) {
        AskedName asked = rule.asked();
        if (asked == null || !names.limits(asked.kind())) {
            open(operation, rule, null);
        } else if (asked.isInMessage()) {
            AskedNameFlow message =
                    new AskedNameFlow(this, operation, rule, asked, names, judged -> open(operation, rule, judged));
            daemon.setListener(message);
            if (!closes(message::close)) {
                message.begin(daemon, head.isEndStream());
            }
        } else {
            try {
                asked.judge(request().getHttpFields().getValuesList(asked.field()), names);
                open(operation, rule, null);
            } catch (DeniedContentException denied) {
                denyName(operation, denied);
            }
        }
    }

    void denyName(Operation operation, DeniedContentException denied) {
        deny(
                Reason.SESSION_NAME,
                GrpcStatus.PERMISSION_DENIED,
                DenialMessage.ofBuild(
                        operation,
                        String.valueOf(denied.getMessage()),
                        session.exchange().trial().profile().origin()));
    }

    /** @param message the judged message of the daemon, which has no other; or null if its messages pass */
    private void open(Operation operation, SessionRule rule, @Nullable ByteBuffer message) {
        SessionJudge judge = rule.judge(session.unread());
        SessionAnswers answers = new SessionAnswers(this, operation, rule, judge);
        if (closes(answers::close)) {
            return;
        }
        SessionRequests requests = new SessionRequests(this, rule, judge, message);
        daemon.setListener(requests);
        HttpFields fields = HttpFields.build(request().getHttpFields()).remove(COMPRESSIONS);
        String path = request().getHttpURI().getPathQuery();
        session.client().allowFields(GrpcClient.sizeOf(fields) + path.length());
        MetaData.Request forwarded =
                new MetaData.Request(HttpMethod.POST.asString(), request().getHttpURI(), HttpVersion.HTTP_2, fields);
        session.client()
                .getSession()
                .newStream(
                        new HeadersFrame(forwarded, null, head.isEndStream() && message == null),
                        Promise.from(stream -> connect(requests, stream), this::unavailable),
                        answers);
    }

    /** Sets what frees the memory at the end of the call; frees it now and returns true if the call is over. */
    private boolean closes(Runnable reader) {
        synchronized (this) {
            if (!isOver) {
                closing = reader;
                return false;
            }
        }
        reader.run();
        return true;
    }

    private void connect(SessionRequests requests, Stream opened) {
        boolean isLate;
        synchronized (this) {
            client = opened;
            isLate = isOver;
        }
        if (isLate) {
            cancel(opened);
        } else {
            requests.begin(daemon, opened);
        }
    }

    private void unavailable(Throwable cause) {
        answer.end(GrpcStatus.of(new ErrorReply(HttpStatus.SERVICE_UNAVAILABLE_503, "the client accepts no call")));
    }

    /** Denies the call. */
    void deny(Reason reason, int status, String sentence) {
        deny(reason, status(status, sentence), ByteBuffer.allocate(0));
    }

    /**
     * Denies the content of the call.
     *
     * @param last messages for the daemon before the status
     */
    void deny(Reason reason, GrpcStatus status, ByteBuffer last) {
        record.deny(reason);
        if (last.hasRemaining()) {
            answer.data(last, Callback.NOOP);
        }
        answer.end(status);
    }

    /** The proxy stops, or the policy no longer allows the call. */
    private void abort(Throwable cause) {
        answer.end(
                GrpcStatus.of(new ErrorReply(HttpStatus.SERVICE_UNAVAILABLE_503, String.valueOf(cause.getMessage()))));
    }

    /** The connections are closed. */
    void lost() {
        end(0);
    }

    private void end(int status) {
        Stream opened;
        Runnable reading;
        synchronized (this) {
            if (isOver) {
                return;
            }
            isOver = true;
            opened = client;
            reading = closing;
        }
        if (opened != null) {
            cancel(opened);
        }
        reading.run();
        session.exchanges().end(record);
        session.ended(this);
        record.end(status);
    }

    private static void cancel(Stream opened) {
        if (!opened.isClosed()) {
            opened.reset(new ResetFrame(opened.getId(), ErrorCode.CANCEL_STREAM_ERROR.code), Callback.NOOP);
        }
    }

    SessionAnswer answer() {
        return answer;
    }

    DaemonCall record() {
        return record;
    }

    SessionEnd client() {
        return session.client();
    }

    SessionEnd daemon() {
        return session.daemon();
    }

    UnreadResponses unread() {
        return session.unread();
    }

    void execute(Runnable task) {
        session.executor().execute(task);
    }
}
