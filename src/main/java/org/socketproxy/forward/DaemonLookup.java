package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.ErrorReply;

/**
 * Asks the daemon about an object before a request is forwarded, over the connections of the servlet.
 *
 * <p>Threading: never blocks; a thread of the HTTP client gets the answer.
 *
 * <p>Security: the memory for answers is bounded, because a client can create containers with long descriptions.
 */
public final class DaemonLookup {
    /** Attribute of the servlet context; the servlet sets it when it starts. */
    public static final String ATTRIBUTE = DaemonLookup.class.getName();

    /** Above the description of any real container, whose labels and environment have a few KiB. */
    private static final int MAX_BYTES = 256 << 10;
    /** Together at most 16 MiB of answers. */
    private static final int MOST_AT_A_TIME = 64;

    private static final ErrorReply TOO_MANY = new ErrorReply(
            503, "the proxy asks the daemon about too many containers at the same time: try again later");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final Daemon daemon;
    private final Semaphore free = new Semaphore(MOST_AT_A_TIME);

    DaemonLookup(HttpClient client, Daemon daemon) {
        this.client = client;
        this.daemon = daemon;
    }

    /**
     * Answer of the daemon.
     *
     * @param status status code, 0 if the daemon did not answer
     * @param body whole body, empty if the daemon did not answer
     * @param failure response for the client if the daemon did not answer, else null
     */
    public record Answer(
            int status, ByteBuffer body, @Nullable ErrorReply failure) {}

    /**
     * Sends a GET request, unless too many are under way.
     *
     * @param asking the client whose request needs the answer
     * @param target path without a version, in the form of a request target
     * @param receiver called once
     */
    public void get(ClientSide asking, String target, Consumer<Answer> receiver) {
        if (!free.tryAcquire()) {
            receiver.accept(new Answer(0, ByteBuffer.allocate(0), TOO_MANY));
            return;
        }
        new ForwardedRequest(client, daemon, target)
                .method(HttpMethod.GET)
                .transport(daemon.transport())
                .tag(daemon.pool(asking))
                .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .headers(headers -> {
                    headers.put(HttpHeader.HOST, "docker");
                    daemon.address(headers);
                })
                .send(new BufferingResponseListener(MAX_BYTES) {
                    @Override
                    public void onComplete(Result result) {
                        free.release();
                        receiver.accept(answer(result, getContent()));
                    }
                });
    }

    private Answer answer(Result result, byte @Nullable [] content) {
        if (result.isFailed()) {
            return new Answer(0, ByteBuffer.allocate(0), daemon.explain(result.getFailure()));
        }
        ByteBuffer body = content == null ? ByteBuffer.allocate(0) : ByteBuffer.wrap(content);
        return new Answer(result.getResponse().getStatus(), body, null);
    }
}
