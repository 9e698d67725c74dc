package org.socketproxy.daemon;

import java.net.ConnectException;

/** The daemon's socket exists, but its listen backlog is full (EAGAIN). */
final class FullBacklogException extends ConnectException {
    private static final long serialVersionUID = 1;

    FullBacklogException() {
        super("The backlog of the socket is full");
    }
}
