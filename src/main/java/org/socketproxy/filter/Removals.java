package org.socketproxy.filter;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.target.Confinement;
import org.socketproxy.policy.target.Confinement.Subject;
import org.socketproxy.policy.target.TargetRules;

/**
 * Lets a confined profile remove volumes, and networks, one after the other. If no volume has the given name, Podman removes the one
 * whose name begins with it, and a network whose id does. Of two requests at the same time for an own object, the second could
 * remove one of others.
 *
 * <p>Threading: safe for any number of threads; never blocks.
 */
final class Removals {
    private static final Set<String> OPERATIONS = Set.of(
            "NetworkDelete",
            "NetworkDeleteLibpod",
            "NetworkPrune",
            "VolumeDelete",
            "VolumeDeleteLibpod",
            "VolumePrune");
    /** After a client left, the daemon can still be at work. */
    private static final long REST_SECONDS = 10;

    private record Key(TargetRules rules, Subject subject) {}

    private final Map<Key, Deque<Runnable>> turns = new HashMap<>();

    /** Returns true if requests of an operation wait for each other. */
    static boolean isOf(Operation operation) {
        return OPERATIONS.contains(operation.id());
    }

    /** Runs a step of an exchange when all earlier removals of the profile have ended. */
    void run(TargetRules rules, Exchange exchange, Runnable step) {
        Key key = new Key(rules, Confinement.of(exchange.operation()).subject());
        boolean isFirst;
        synchronized (turns) {
            Deque<Runnable> queue = turns.computeIfAbsent(key, any -> new ArrayDeque<>());
            queue.add(step);
            isFirst = queue.size() == 1;
        }
        Request.addCompletionListener(exchange.clientSide().request(), failure -> {
            if (failure == null) {
                end(key, step);
            } else if (!isWaiting(key, step)) {
                exchange.clientSide().scheduler().schedule(() -> end(key, step), REST_SECONDS, TimeUnit.SECONDS);
            }
        });
        if (isFirst) {
            step.run();
        }
    }

    /** Returns true for a step that has not begun, and forgets it. */
    private boolean isWaiting(Key key, Runnable step) {
        synchronized (turns) {
            Deque<Runnable> queue = turns.get(key);
            return queue != null && queue.peek() != step && queue.remove(step);
        }
    }

    private void end(Key key, Runnable step) {
        @Nullable Runnable next = null;
        synchronized (turns) {
            Deque<Runnable> queue = turns.get(key);
            boolean wasFirst = queue != null && queue.peek() == step;
            if (queue != null) {
                queue.remove(step);
                next = wasFirst ? queue.peek() : null;
                if (queue.isEmpty()) {
                    turns.remove(key);
                }
            }
        }
        if (next != null) {
            next.run();
        }
    }
}
