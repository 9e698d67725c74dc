package org.socketproxy.jetty;

/** Number of selectors of a listener and of the HTTP client to the daemon. */
public final class SelectorCount {
    private static final int MOST = 4;

    /** One for each processor, at most {@value #MOST}: each costs a thread and an epoll instance for each listener. */
    public static final int OF_THIS_MACHINE = Math.min(Runtime.getRuntime().availableProcessors(), MOST);

    private SelectorCount() {}
}
