package org.socketproxy.jetty;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.io.ManagedSelector;

/**
 * Says which selector, so which thread, serves a new client: the first while it has few, then whichever has the fewest. A
 * thread that carries all reads several requests in one turn, and the daemon is woken once for them. Jetty takes turns from
 * the second client on, with which a real dockerd carried a quarter less
 * (docs/decisions/0010-one-thread-carries-an-exchange.md).
 *
 * <p>Threading: any; one lock, taken at the begin and the end of a connection.
 */
public final class SelectorAssignment {
    /** The first serves so many before another helps it; on TCP the socket that it accepts on is one. */
    public static final int FEW = 64;

    private final Map<ManagedSelector, Integer> clients = new HashMap<>();

    /**
     * One more for the selector that is returned, until {@link #left}. What fails before it has an end point stays counted;
     * that needs a selector that is about to stop.
     *
     * @param selectors in their order, at least one
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

    public synchronized void left(ManagedSelector selector) {
        clients.merge(selector, -1, Integer::sum);
    }

    private int count(ManagedSelector selector) {
        return clients.getOrDefault(selector, 0);
    }
}
