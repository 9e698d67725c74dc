package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Waits for the idle timeout of a server by opening an idle connection. On a busy machine the timeout of the tested
 * connection and of this one are delayed equally, so that tests need no fixed waiting time.
 */
public final class IdleTimeout {
    private static final int LIMIT_MILLIS = 300_000;

    private IdleTimeout() {}

    /** Opens a connection and returns when the server closes it; connections that were idle before have timed out too. */
    public static void await(int port) throws IOException {
        try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
            idle.setSoTimeout(LIMIT_MILLIS);
            if (idle.getInputStream().read() != -1) {
                throw new AssertionError("The server sent bytes without a request");
            }
        }
    }
}
