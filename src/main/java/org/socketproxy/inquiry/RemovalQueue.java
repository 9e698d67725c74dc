package org.socketproxy.inquiry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Lets a confined profile remove volumes, images and networks one after the other. It removes no network and no secret while a
 * container or pod gets one.
 *
 * <p>If no object has the given name, Podman removes the volume with a name and the network with an id that begins with it, and on the
 * Docker API an image with a name that ends with it: of two requests at the same time for one object, the second could remove an object of
 * another profile. A container that gets a network during its removal keeps its name, and would join the next network with this name. Podman
 * looks for a secret by its name first, and reads its value later, when the start of an id matches too.
 *
 * <p>Threading: safe for any number of threads; never blocks. The clients get their turns in rotation.
 */
public final class RemovalQueue {
    /** The removal of these does not wait for new containers. */
    private static final Set<Subject> ALONE = Set.of(Subject.VOLUME, Subject.IMAGE);
    /** Other requests wait at most for this time. */
    private static final long LONGEST_WAIT_SECONDS = 5;
    /** After a client left, the daemon can still be at work. Shorter than the longest wait, so that other clients get a turn. */
    private static final long REST_SECONDS = 4;

    private record Key(Scope rules, Subject subject) {}

    /** One request; equal to no other. */
    private static final class Turn {
        private final String client;
        private final boolean isRemoval;
        private final CompletableFuture<Void> begun = new CompletableFuture<>();

        Turn(String client, boolean isRemoval) {
            this.client = client;
            this.isRemoval = isRemoval;
        }
    }

    /** The requests of one profile that wait for each other. */
    private static final class Turns {
        private final Set<Turn> running = new HashSet<>();
        /** By client, in the order in which the clients get their next turn. */
        private final Map<String, Deque<Turn>> waiting = new LinkedHashMap<>();

        void add(Turn turn) {
            waiting.computeIfAbsent(turn.client, any -> new ArrayDeque<>()).add(turn);
        }

        /** Returns true if the turn has not begun. */
        boolean remove(Turn turn) {
            running.remove(turn);
            Deque<Turn> ofClient = waiting.getOrDefault(turn.client, new ArrayDeque<>());
            boolean isWaiting = ofClient.remove(turn);
            if (ofClient.isEmpty()) {
                waiting.remove(turn.client);
            }
            return isWaiting;
        }

        /** Returns the removals that may begin now. A client that gets a turn goes to the end of the queue. */
        List<Turn> next() {
            List<Turn> next = new ArrayList<>();
            for (Turn first = first(); first != null && mayBegin(first); first = first()) {
                Deque<Turn> rest = Objects.requireNonNull(waiting.remove(first.client));
                rest.remove();
                if (!rest.isEmpty()) {
                    waiting.put(first.client, rest);
                }
                running.add(first);
                next.add(first);
            }
            return next;
        }

        private @Nullable Turn first() {
            return waiting.isEmpty() ? null : waiting.values().iterator().next().peek();
        }

        private boolean mayBegin(Turn turn) {
            return running.isEmpty() || !turn.isRemoval && running.stream().noneMatch(other -> other.isRemoval);
        }
    }

    private final Map<Key, Turns> turns = new HashMap<>();
    private final boolean isWaiting;

    /** @param isWaiting false for requests that are only rehearsed: they run at once */
    public RemovalQueue(boolean isWaiting) {
        this.isWaiting = isWaiting;
    }

    /** Returns true for a removal. Its turn begins before the proxy asks about the object, and after the body. */
    public static boolean isRemoval(Operation operation) {
        return operation.is(Trait.REMOVES);
    }

    /** Returns true if an operation names networks or secrets in its body. Its turn begins after the body. */
    public static boolean isUse(Operation operation) {
        return operation.is(Trait.WAITS_FOR_REMOVALS);
    }

    /**
     * Runs a step of an exchange when the daemon has answered all earlier requests of the profile for which it must wait. Denies the
     * exchange after five seconds. The request must not have an unread body.
     */
    public void run(Scope rules, Inquiry inquiry, Runnable step) {
        if (!isWaiting) {
            step.run();
            return;
        }
        Exchange exchange = inquiry.exchange();
        Subject subject = ScopeRule.of(exchange.trial().operation()).subject();
        Key key = new Key(rules, ALONE.contains(subject) ? subject : Subject.NETWORK);
        Turn turn = new Turn(
                exchange.client().limitKey(), isRemoval(exchange.trial().operation()));
        Request.addCompletionListener(
                exchange.clientSide().request(), failure -> complete(key, turn, exchange, failure != null));
        var unused = exchange.daemonAnswer().thenRun(() -> end(key, turn, exchange));
        inquiry.forget();
        inquiry.await(turn.begun, step);
        boolean isFirst;
        synchronized (turns) {
            Turns ofKey = turns.computeIfAbsent(key, any -> new Turns());
            ofKey.add(turn);
            isFirst = !ofKey.next().isEmpty();
        }
        if (turn.begun.isCompletedExceptionally()) {
            end(key, turn, exchange); // aborted before it was in the queue
        } else if (isFirst) {
            turn.begun.complete(null);
        } else {
            Scheduler.Task limit = exchange.clientSide()
                    .scheduler()
                    .schedule(() -> expire(key, turn, exchange), LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
            var unusedLimit = turn.begun.whenComplete((begun, failure) -> limit.cancel());
        }
    }

    private void expire(Key key, Turn turn, Exchange exchange) {
        if (end(key, turn, exchange)) {
            exchange.clientSide().executor().execute(() -> turn.begun.completeExceptionally(new TimeoutException()));
        }
    }

    private void complete(Key key, Turn turn, Exchange exchange, boolean hasFailed) {
        boolean isRunning;
        synchronized (turns) {
            Turns ofKey = turns.get(key);
            isRunning = ofKey != null && ofKey.running.contains(turn);
        }
        if (hasFailed && isRunning && exchange.wasForwarded()) {
            exchange.clientSide().scheduler().schedule(() -> end(key, turn, exchange), REST_SECONDS, TimeUnit.SECONDS);
        } else {
            end(key, turn, exchange);
        }
    }

    /**
     * Begins the next turns on other threads: one that ends at once begins further ones.
     *
     * @return true if the turn has not begun
     */
    private boolean end(Key key, Turn turn, Exchange exchange) {
        List<Turn> next = List.of();
        boolean isWaiting = false;
        synchronized (turns) {
            Turns ofKey = turns.get(key);
            if (ofKey != null) {
                isWaiting = ofKey.remove(turn);
                next = ofKey.next();
                if (ofKey.running.isEmpty()) {
                    turns.remove(key);
                }
            }
        }
        next.forEach(each -> exchange.clientSide().executor().execute(() -> each.begun.complete(null)));
        return isWaiting;
    }
}
