package org.socketproxy.filter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.target.Confinement;
import org.socketproxy.policy.target.Confinement.Subject;
import org.socketproxy.policy.target.TargetRules;

/**
 * Lets a confined profile remove volumes, images and networks one after the other. It removes no network and no secret while a
 * container or pod gets one.
 *
 * <p>If no object has the given name, Podman removes the volume whose name begins with it, the network whose id does, and on the
 * Docker API an image whose name ends with it: of two requests at the same time for an own object, the second could remove one of
 * others. A container that gets a network during its removal keeps its name, and would join the next network with this name. Podman
 * looks for a secret by its name first, and reads its value later, when the start of an id matches too.
 *
 * <p>Threading: safe for any number of threads; never blocks.
 */
final class Removals {
    private static final Set<String> REMOVALS = Set.of(
            "ImageDelete",
            "ImageDeleteAllLibpod",
            "ImageDeleteLibpod",
            "ImagePrune",
            "ImagePruneLibpod",
            "ImageUntagLibpod",
            "NetworkDelete",
            "NetworkDeleteLibpod",
            "NetworkPrune",
            "NetworkPruneLibpod",
            "SecretDelete",
            "SecretDeleteLibpod",
            "VolumeDelete",
            "VolumeDeleteLibpod",
            "VolumePrune",
            "VolumePruneLibpod");
    /** These wait for removals of networks and secrets, and not for each other. */
    private static final Set<String> USES = Set.of(
            "ContainerCreate", "ContainerCreateLibpod", "NetworkConnect", "NetworkConnectLibpod", "PodCreateLibpod");
    /** The removal of these does not wait for new containers. */
    private static final Set<Subject> ALONE = Set.of(Subject.VOLUME, Subject.IMAGE);
    /** After a client left, the daemon can still be at work. */
    private static final long REST_SECONDS = 10;

    private record Key(TargetRules rules, Subject subject) {}

    /** One request; equal to no other. */
    private static final class Turn {
        private final boolean isRemoval;
        private final CompletableFuture<Void> begun = new CompletableFuture<>();

        Turn(boolean isRemoval) {
            this.isRemoval = isRemoval;
        }
    }

    /** The requests of one profile that wait for each other. */
    private static final class Turns {
        private final Set<Turn> running = new HashSet<>();
        private final Deque<Turn> waiting = new ArrayDeque<>();

        /** Returns what may begin now. */
        List<Turn> next() {
            List<Turn> next = new ArrayList<>();
            for (Turn first = waiting.peek(); first != null && mayBegin(first); first = waiting.peek()) {
                next.add(waiting.remove());
                running.add(first);
            }
            return next;
        }

        private boolean mayBegin(Turn turn) {
            return running.isEmpty() || !turn.isRemoval && running.stream().noneMatch(other -> other.isRemoval);
        }
    }

    private final Map<Key, Turns> turns = new HashMap<>();

    /** Returns true if requests of an operation may have to wait. */
    static boolean isOf(Operation operation) {
        return REMOVALS.contains(operation.id()) || USES.contains(operation.id());
    }

    /** Runs a step of an exchange when all earlier requests of the profile have ended for which it must wait. */
    void run(TargetRules rules, ObjectQuestion question, Runnable step) {
        Exchange exchange = question.exchange();
        Subject subject = Confinement.of(exchange.operation()).subject();
        Key key = new Key(rules, ALONE.contains(subject) ? subject : Subject.NETWORK);
        Turn turn = new Turn(REMOVALS.contains(exchange.operation().id()));
        Request.addCompletionListener(
                exchange.clientSide().request(), failure -> complete(key, turn, exchange, failure != null));
        question.await(turn.begun, step);
        boolean isFirst;
        synchronized (turns) {
            Turns ofKey = turns.computeIfAbsent(key, any -> new Turns());
            ofKey.waiting.add(turn);
            isFirst = !ofKey.next().isEmpty();
        }
        if (turn.begun.isCompletedExceptionally()) {
            end(key, turn, exchange); // aborted before it was in the queue
        } else if (isFirst) {
            turn.begun.complete(null);
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

    /** Begins the next turns on other threads: one that ends at once begins further ones. */
    private void end(Key key, Turn turn, Exchange exchange) {
        List<Turn> next = List.of();
        synchronized (turns) {
            Turns ofKey = turns.get(key);
            if (ofKey != null) {
                ofKey.running.remove(turn);
                ofKey.waiting.remove(turn);
                next = ofKey.next();
                if (ofKey.running.isEmpty()) {
                    turns.remove(key);
                }
            }
        }
        next.forEach(each -> exchange.clientSide().executor().execute(() -> each.begun.complete(null)));
    }
}
