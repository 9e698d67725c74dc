package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/**
 * The idle timeout of a server as the server itself measures it: a machine that is busy delays that as it delays all that
 * is compared with it, so that no test has to know how long it takes.
 */
public final class Silence {
    private static final int LIMIT_MILLIS = 60_000;

    private Silence() {}

    /** Returns when the server has ended a new connection, for silence: what has been silent before is over it, too. */
    public static void outlastIdleTimeout(int port) throws IOException {
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port)) {
            silent.setSoTimeout(LIMIT_MILLIS);
            if (silent.getInputStream().read() != -1) {
                throw new AssertionError("Something came on a connection on which nothing was asked");
            }
        }
    }
}
