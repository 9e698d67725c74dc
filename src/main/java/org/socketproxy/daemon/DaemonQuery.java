package org.socketproxy.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.jetty.DaemonConnection;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ResponseReader;

/**
 * Sends the proxy's queries to the daemon, over the connection pool of the forwarded requests and without audit records.
 *
 * <p>Threading: never blocks. The thread that reads the daemon's connection completes the future.
 *
 * <p>Security: a response is limited in bytes and time, and all responses together in memory.
 */
public class DaemonQuery {
    /** The longest response in bytes; one that a {@link ResponseReader} reads has no limit. */
    public static final int MAX_BYTES = 8 << 20;

    /** A daemon needs seconds for a list of many thousand containers, and for a registry. */
    private static final int TIMES_FOR_LIST = 4;
    /** Memory for the facts of a reader is reserved in pieces. */
    private static final int RESERVED_BYTES = 64 * 1024;

    private static final String UNREADABLE = "the daemon's answer cannot be read, so this request cannot be judged";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Fails each query, as if the daemon did not run. */
    public static final DaemonQuery NONE = new DaemonQuery(null, new HeldMemory(0), Duration.ZERO);

    private final @Nullable DaemonClient client;
    private final HeldMemory memory;
    private final Duration timeout;

    /**
     * Creates queries of at most 5 seconds.
     *
     * @param memory limits the memory of all responses together
     */
    public DaemonQuery(DaemonClient client, HeldMemory memory) {
        this(client, memory, TIMEOUT);
    }

    /** @param timeout from the query to the end of its answer, unless a reader reads it: then four times as long */
    public DaemonQuery(@Nullable DaemonClient client, HeldMemory memory, Duration timeout) {
        this.client = client;
        this.memory = memory;
        this.timeout = timeout;
    }

    /** Creates the same queries, which a subclass restricts. */
    protected DaemonQuery(DaemonQuery other) {
        this(other.client, other.memory, other.timeout);
    }

    /**
     * Answer of the daemon.
     *
     * @param body the whole body, or empty if a reader has read it; valid until the stage with the answer returns
     */
    public record Answer(int status, ByteBuffer body) {}

    /** Thrown if the daemon is unreachable, too slow, or sends too many bytes. */
    public static final class NoAnswerException extends IOException {
        private static final long serialVersionUID = 1;
        private final transient ErrorReply reply;

        NoAnswerException(ErrorReply reply, Throwable cause) {
            super(reply.message(), cause);
            this.reply = reply;
        }

        /** Returns 502, 503 or 504. */
        public ErrorReply reply() {
            return reply;
        }
    }

    /**
     * Asks with GET.
     *
     * @param target path and query
     * @param asker client of the request that needs the answer
     * @return fails with {@link NoAnswerException}; a cancellation aborts the request
     */
    public CompletableFuture<Answer> get(String target, ClientConnection asker) {
        return get(target, asker, null);
    }

    /**
     * Asks with GET.
     *
     * @param asker client of the request that needs the answer, or null for the proxy itself
     * @param reader reads the body of an answer with status 200 while it arrives, so that the body is not held; or null
     */
    public CompletableFuture<Answer> get(
            String target, @Nullable ClientConnection asker, @Nullable ResponseReader<?> reader) {
        return ask(HttpMethod.GET, target, null, asker, reader);
    }

    /** Asks with GET, without a client. */
    public CompletableFuture<Answer> get(String target) {
        return get(target, null, null);
    }

    /** Asks with GET and further headers, which can have passwords. The daemon may ask a registry before it answers. */
    public CompletableFuture<Answer> ask(String target, ClientConnection asker, Map<String, String> headers) {
        DaemonClient used = client;
        if (used == null) {
            return CompletableFuture.failedFuture(refusal(new ErrorReply(502, "there is no daemon")));
        }
        Sent sent = new Sent(used, HttpMethod.GET, target, null, client(asker), null, TIMES_FOR_LIST);
        sent.request.headers(fields -> headers.forEach(fields::put));
        sent.send(used.daemon().pool(asker));
        return sent.answer;
    }

    /** Asks with POST and a copy of a JSON body. The request can reach the daemon twice, if the first connection was closed. */
    public CompletableFuture<Answer> post(String target, ByteBuffer body, ClientConnection asker) {
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return ask(HttpMethod.POST, target, bytes, asker, null);
    }

    /** Asks with POST and a JSON body, without a client. The request can reach the daemon twice. */
    public CompletableFuture<Answer> post(String target, byte[] json) {
        return ask(HttpMethod.POST, target, json.clone(), null, null);
    }

    /** Asks with DELETE. The request can reach the daemon twice. */
    public CompletableFuture<Answer> delete(String target, ClientConnection asker) {
        return ask(HttpMethod.DELETE, target, null, asker, null);
    }

    /** Asks with DELETE, without a client. The request can reach the daemon twice. */
    public CompletableFuture<Answer> delete(String target) {
        return ask(HttpMethod.DELETE, target, null, null, null);
    }

    /** Returns memory for answers that an exchange keeps. */
    public HeldMemory.Share share(ClientConnection asker) {
        return memory.share(client(asker), null);
    }

    private static Client client(ClientConnection asker) {
        return Client.of(asker.request());
    }

    private CompletableFuture<Answer> ask(
            HttpMethod method,
            String target,
            byte @Nullable [] json,
            @Nullable ClientConnection asker,
            @Nullable ResponseReader<?> reader) {
        DaemonClient used = client;
        if (used == null) {
            return CompletableFuture.failedFuture(refusal(new ErrorReply(502, "there is no daemon")));
        }
        int times = reader == null ? 1 : TIMES_FOR_LIST;
        Sent sent = new Sent(used, method, target, json, asker == null ? null : client(asker), reader, times);
        sent.send(asker == null ? null : used.daemon().pool(asker));
        return sent.answer;
    }

    private static NoAnswerException refusal(ErrorReply reply) {
        return new NoAnswerException(reply, new IOException(reply.message()));
    }

    private final class Sent implements Response.Listener, Promise<Connection> {
        private final Daemon daemon;
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final long deadlineNanos;
        private final HeldMemory.Share share;
        private final HeldBody body;
        private final @Nullable ResponseReader<?> reader;
        private final @Nullable JsonElements elements;
        private int reservedBytes;
        private volatile DaemonRequest request;

        private final byte @Nullable [] json;

        Sent(
                DaemonClient client,
                HttpMethod method,
                String target,
                byte @Nullable [] json,
                @Nullable Client asker,
                @Nullable ResponseReader<?> reader,
                int times) {
            this.daemon = client.daemon();
            this.json = json;
            this.reader = reader;
            this.deadlineNanos = System.nanoTime() + timeout.toNanos() * times;
            this.elements = reader == null ? null : reader.elements();
            this.share = memory.share(asker, null);
            this.body = new HeldBody(MAX_BYTES, share);
            request = new DaemonRequest(client.http(), daemon, target);
            request.method(method).headers(headers -> daemon.address(headers.clear()));
            addBody();
        }

        private void addBody() {
            if (json != null) {
                request.body(new BytesRequestContent("application/json", json));
            }
        }

        void send(@Nullable Object pool) {
            var unused = answer.whenComplete((any, failure) -> {
                if (failure instanceof CancellationException) {
                    abortRequest(failure);
                }
            });
            request.tag(pool);
            request.timeout(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            request.send(this);
        }

        private void abortRequest(Throwable cause) {
            var unused = request.abort(cause);
        }

        @Override
        public void onContent(Response response, ByteBuffer content) {
            JsonElements read = response.getStatus() == HttpStatus.OK_200 ? elements : null;
            switch (read == null ? body.add(content) : read(read, content)) {
                case YES -> {}
                case TOO_LONG ->
                    abort(
                            response,
                            new ErrorReply(
                                    502,
                                    read == null
                                            ? "the daemon describes this object with more than " + MAX_BYTES
                                                    + " bytes, so it cannot be judged"
                                            : UNREADABLE));
                case NO_MEMORY ->
                    abort(
                            response,
                            new ErrorReply(503, "too many objects are being judged at the same time: try again later"));
            }
        }

        private HeldBody.Added read(JsonElements read, ByteBuffer content) {
            try {
                read.accept(content, any -> {});
            } catch (ElementException unreadable) {
                return HeldBody.Added.TOO_LONG;
            }
            int held = reader == null ? 0 : reader.heldBytes();
            int more = held <= reservedBytes ? 0 : held - reservedBytes + RESERVED_BYTES;
            reservedBytes += more;
            return more == 0 || share.reserve(more) ? HeldBody.Added.YES : HeldBody.Added.NO_MEMORY;
        }

        private static void abort(Response response, ErrorReply reply) {
            var unused = response.abort(refusal(reply));
        }

        @Override
        public void onComplete(Result result) {
            if (isStale(result)) {
                retry();
                return;
            }
            try {
                if (!result.isSucceeded()) {
                    failed(result.getFailure());
                } else if (isWhole(result.getResponse())) {
                    answer.complete(new Answer(result.getResponse().getStatus(), body.read()));
                } else {
                    failed(refusal(new ErrorReply(502, UNREADABLE)));
                }
            } finally {
                body.release();
            }
        }

        private boolean isWhole(Response response) {
            try {
                if (elements != null && response.getStatus() == HttpStatus.OK_200) {
                    elements.end();
                }
                return true;
            } catch (ElementException incomplete) {
                return false;
            }
        }

        /** Returns true if the daemon closed an idle connection at its reuse. */
        private boolean isStale(Result result) {
            return result.getResponseFailure() instanceof IOException
                    && result.getRequest().getConnection() instanceof DaemonConnection connection
                    && connection.isReusedWithoutResponse()
                    && !answer.isDone();
        }

        /** Sends the query once more, on a new connection without the pool. */
        private void retry() {
            request = request.copy();
            addBody();
            long remaining = Math.max(1, deadlineNanos - System.nanoTime());
            request.timeout(remaining, TimeUnit.NANOSECONDS);
            request.destination().newConnection(this);
        }

        @Override
        public void succeeded(Connection connection) {
            Response.CompleteListener closing = result -> connection.close();
            request.onComplete(closing);
            connection.send(request, this);
        }

        @Override
        public void failed(Throwable failure) {
            Throwable reported = failure instanceof NoAnswerException
                    ? failure
                    : new NoAnswerException(daemon.explain(failure), failure);
            answer.completeExceptionally(reported);
        }
    }
}
