package org.socketproxy.exchange;

import java.util.function.Consumer;
import org.eclipse.jetty.server.Request;

/** Connection of a client that has several exchanges at a time, each on a stream of its own: HTTP/2. */
public interface StreamConnection {
    /** Ends the stream of a request with an error, so that the client detects the incomplete response. */
    void reset(Request request);

    /** Tells the client, after a complete response, that the rest of its request body is not needed. */
    void endUnread(Request request);

    /**
     * Runs an action when the stream of a request ends before its response, at once if it has ended. Replaces an earlier
     * action of the request. Any thread can run it.
     */
    void onStreamLost(Request request, Consumer<Throwable> action);
}
