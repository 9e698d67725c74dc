package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.time.Duration;
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
 */
public final class DaemonLookup {
    /** Attribute of the servlet context; the servlet sets it when it starts. */
    public static final String ATTRIBUTE = DaemonLookup.class.getName();

    private static final int MAX_BYTES = 4 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final Daemon daemon;

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
     * Sends a GET request.
     *
     * @param asking the client whose request needs the answer
     * @param target path without a version, in the form of a request target
     * @param receiver called once
     */
    public void get(ClientSide asking, String target, Consumer<Answer> receiver) {
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
