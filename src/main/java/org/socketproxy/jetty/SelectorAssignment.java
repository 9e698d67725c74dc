package org.socketproxy.jetty;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.io.ManagedSelector;

/**
 * Assigns a new client to a selector: to the first one while it has few clients, then to the one with the fewest.
 *
 * <p>Replaces the round-robin choice of {@code SelectorManager.chooseSelector}. One selector that serves all clients
 * reads several requests per wake-up, and the daemon wakes up once for them; with round-robin dockerd served a quarter
 * fewer requests (docs/decisions/0010-one-thread-carries-an-exchange.md). After an upgrade of Jetty check that
 * {@code chooseSelector} is called once for each accepted connection.
 *
 * <p>Threading: thread-safe; one lock, taken when a connection opens and closes.
 */
public final class SelectorAssignment {
    /**
     * Number of connections of the first selector before others are used. On TCP the accepting socket counts as one.
     */
    public static final int FEW = 64;

    private static final int MOST = 4;

    /**
     * Number of selectors of a listener and of the HTTP client to the daemon: one for each processor, at most
     * {@value #MOST}. Each costs a thread and an epoll instance for each listener.
     */
    public static final int SELECTORS = Math.min(Runtime.getRuntime().availableProcessors(), MOST);

    private final Map<ManagedSelector, Integer> clients = new HashMap<>();

    /**
     * Chooses a selector and counts one more connection for it, until {@link #release}. A connection that fails before
     * its end point exists stays counted; this happens only while a selector stops.
     *
     * @param selectors in a fixed order, at least one
     */
    public synchronized ManagedSelector next(Collection<ManagedSelector> selectors) {
        ManagedSelector chosen = selectors.iterator().next();
        if (count(chosen) >= FEW) {
            for (ManagedSelector selector : selectors) {
                chosen = count(selector) < count(chosen) ? selector : chosen;
            }
        }
        clients.merge(chosen, 1, Integer::sum);
        return chosen;
    }

    /** Counts one connection less for the selector. */
    public synchronized void release(ManagedSelector selector) {
        clients.merge(selector, -1, Integer::sum);
    }

    private int count(ManagedSelector selector) {
        return clients.getOrDefault(selector, 0);
    }
}
