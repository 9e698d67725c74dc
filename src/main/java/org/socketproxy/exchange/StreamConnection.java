package org.socketproxy.exchange;

import java.util.function.Consumer;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;

/** Connection of a client that has several exchanges at a time, each on a stream of its own: HTTP/2. */
public interface StreamConnection {
    /** Creates such connections. */
    interface Factory {
        /**
         * Creates the connection with which HTTP/2 continues after an upgrade for BuildKit: it has more streams, and no time
         * limit for the first of them.
         */
        Connection afterUpgrade(Connector connector, EndPoint endPoint);
    }

    /**
     * Raises the size of a head, and of trailers, that the connection can send.
     *
     * @param bytes sum of the names and values
     */
    void allowFields(int bytes);

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
