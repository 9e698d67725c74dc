package org.socketproxy.filter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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
 * Lets a confined profile remove volumes, images, and networks, one after the other, and no network or secret while a container gets
 * one. If no object has the given name, Podman removes the volume whose name begins with it, the network whose id does, and on the
 * Docker API an image whose name ends with it: of two requests at the same time for an own object, the second could remove one of
 * others. A container that gets a network during its removal keeps its name, and would join the next network with this name. Of a
 * secret Podman finds the name first and the value later, then also by the start of an id.
 *
 * <p>Threading: safe for any number of threads; never blocks.
 */
final class Removals {
    private static final Set<String> REMOVALS = Set.of(
            "ImageDelete",
            "ImageDeleteAllLibpod",
            "ImageDeleteLibpod",
            "ImagePrune",
            "ImageUntagLibpod",
            "NetworkDelete",
            "NetworkDeleteLibpod",
            "NetworkPrune",
            "SecretDelete",
            "SecretDeleteLibpod",
            "VolumeDelete",
            "VolumeDeleteLibpod",
            "VolumePrune");
    /** These wait for removals of networks and secrets, and not for each other. */
    private static final Set<String> USES =
            Set.of("ContainerCreate", "ContainerCreateLibpod", "NetworkConnect", "NetworkConnectLibpod");
    /** The removal of these does not wait for new containers. */
    private static final Set<Subject> ALONE = Set.of(Subject.VOLUME, Subject.IMAGE);
    /** After a client left, the daemon can still be at work. */
    private static final long REST_SECONDS = 10;

    private record Key(TargetRules rules, Subject subject) {}

    /** One request; equal to no other. */
    private static final class Turn {
        private final boolean isRemoval;
        private final Runnable step;

        Turn(boolean isRemoval, Runnable step) {
            this.isRemoval = isRemoval;
            this.step = step;
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
    void run(TargetRules rules, Exchange exchange, Runnable step) {
        boolean isRemoval = REMOVALS.contains(exchange.operation().id());
        Subject subject = Confinement.of(exchange.operation()).subject();
        Key key = new Key(rules, ALONE.contains(subject) ? subject : Subject.NETWORK);
        Turn turn = new Turn(isRemoval, step);
        List<Turn> next;
        synchronized (turns) {
            Turns ofKey = turns.computeIfAbsent(key, any -> new Turns());
            ofKey.waiting.add(turn);
            next = ofKey.next();
        }
        Request.addCompletionListener(exchange.clientSide().request(), failure -> {
            if (failure == null || isWaiting(key, turn)) {
                end(key, turn);
            } else {
                exchange.clientSide().scheduler().schedule(() -> end(key, turn), REST_SECONDS, TimeUnit.SECONDS);
            }
        });
        next.forEach(each -> each.step.run());
    }

    private boolean isWaiting(Key key, Turn turn) {
        synchronized (turns) {
            @Nullable Turns ofKey = turns.get(key);
            return ofKey != null && ofKey.waiting.contains(turn);
        }
    }

    private void end(Key key, Turn turn) {
        List<Turn> next = List.of();
        synchronized (turns) {
            @Nullable Turns ofKey = turns.get(key);
            if (ofKey != null) {
                ofKey.running.remove(turn);
                ofKey.waiting.remove(turn);
                next = ofKey.next();
                if (ofKey.running.isEmpty()) {
                    turns.remove(key);
                }
            }
        }
        next.forEach(each -> each.step.run());
    }
}
