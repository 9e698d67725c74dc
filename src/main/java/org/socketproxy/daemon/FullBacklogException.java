package org.socketproxy.daemon;

import java.net.ConnectException;

/** The daemon is there, but as many connections wait for it already as its socket holds. */
final class FullBacklogException extends ConnectException {
    private static final long serialVersionUID = 1;

    FullBacklogException() {
        super("The backlog of the socket is full");
    }
}
