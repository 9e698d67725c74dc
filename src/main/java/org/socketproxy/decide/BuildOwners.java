package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.SharedMap;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Trial;

/**
 * Owners of the builds and sessions of BuildKit, by the ids that the clients choose. The daemon finds a build by its id alone, so that
 * a client with the id of another client reaches its build, its files and its log.
 *
 * <p>Threading: safe for any number of threads; never blocks. Waiting exchanges go on on their own executors.
 *
 * <p>Security: an id belongs to the first client with a permitted request for it. An id is used by at least one open exchange, or it is
 * one of a bounded number of ended ones. After a restart no id belongs to a client.
 */
final class BuildOwners {
    /** The ids of BuildKit have 25 characters, those of the classic builder 64. Shorter ids could be guessed. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{15,127}");

    private static final int MOST_ENDED = 10_000;
    private static final int MOST_ENDED_OF_OWNER = 1_000;
    private static final int MOST_WAITING_OF_OWNER = 1_000;
    private static final int MOST_DENIED = 1_000;
    private static final int MOST_RESULTS = 16;
    private static final int MOST_BLOBS = 4_096;

    /** Kind of an id. */
    enum Kind {
        /** Build of gRPC: {@code Ref} of a Solve. */
        BUILD,
        /** {@code buildid} of {@code POST /build}. */
        CLASSIC_BUILD,
        /** Session through which the daemon reads files and secrets of the client. */
        SESSION
    }

    /**
     * Client over all its connections.
     *
     * @param profile name of its profile
     * @param client equal for the same client, see {@link org.socketproxy.client.Client#identity()}
     */
    record Owner(String profile, Object client) {
        static Owner of(Trial trial) {
            return new Owner(trial.profile().name(), trial.client().identity());
        }
    }

    /** Id of a build or session. */
    record BuildId(Kind kind, String text) {
        /** Returns true for an id of an accepted form. */
        boolean isValid() {
            return ID.matcher(text).matches();
        }
    }

    /**
     * Result of a wait for an id.
     *
     * @param denial of the request that would have opened the id; null without one
     */
    record Answer(boolean isOwn, @Nullable ErrorReply denial) {
        static final Answer OWN = new Answer(true, null);
        static final Answer UNKNOWN = new Answer(false, null);
    }

    private record Key(Owner owner, BuildId id) {}

    private record Waiting(Executor executor, CompletableFuture<Answer> answer) {}

    /** An id with an owner. */
    private static final class Entry {
        private final Owner owner;
        private final Set<Object> results = new LinkedHashSet<>();
        /** Open exchanges that use the id. */
        private int uses;

        Entry(Owner owner) {
            this.owner = owner;
        }
    }

    private final Map<BuildId, Entry> entries = new HashMap<>();
    /** Ids without an open exchange, the oldest first. */
    private final LinkedHashSet<BuildId> ended = new LinkedHashSet<>();

    private final Map<Owner, LinkedHashSet<BuildId>> endedByOwner = new HashMap<>();
    private final Map<Key, List<Waiting>> waiting = new HashMap<>();
    private final Map<Owner, Integer> waitingByOwner = new HashMap<>();
    private final SharedMap<Owner, BuildId, ErrorReply> denied = new SharedMap<>(MOST_DENIED);
    private final SharedMap<Owner, String, Boolean> blobs = new SharedMap<>(MOST_BLOBS);

    /**
     * Records that an exchange uses an id, until {@link #end}. Exchanges of the owner that wait for it go on.
     *
     * @return false if the id belongs to another client
     */
    boolean begin(Owner owner, BuildId id) {
        List<Waiting> next;
        synchronized (this) {
            Entry entry = entries.computeIfAbsent(id, any -> new Entry(owner));
            if (!entry.owner.equals(owner)) {
                return false;
            }
            if (entry.uses++ == 0) {
                forgetEnded(owner, id);
            }
            denied.remove(owner, id);
            next = List.copyOf(waiting.getOrDefault(new Key(owner, id), List.of()));
        }
        answer(next, Answer.OWN);
        return true;
    }

    /** Records that an exchange does not use the id any more. The owner keeps it, until newer ended ids need its place. */
    synchronized void end(Owner owner, BuildId id) {
        Entry entry = entries.get(id);
        if (entry != null && entry.owner.equals(owner) && entry.uses > 0 && --entry.uses == 0) {
            entry.results.clear();
            ended.add(id);
            LinkedHashSet<BuildId> ofOwner = endedByOwner.computeIfAbsent(owner, any -> new LinkedHashSet<>());
            ofOwner.add(id);
            if (ofOwner.size() > MOST_ENDED_OF_OWNER) {
                forget(ofOwner.iterator().next());
            } else if (ended.size() > MOST_ENDED) {
                forget(ended.iterator().next());
            }
        }
    }

    private void forget(BuildId id) {
        Entry entry = entries.remove(id);
        if (entry != null) {
            forgetEnded(entry.owner, id);
        }
    }

    private void forgetEnded(Owner owner, BuildId id) {
        ended.remove(id);
        LinkedHashSet<BuildId> ofOwner = endedByOwner.get(owner);
        if (ofOwner != null) {
            ofOwner.remove(id);
            if (ofOwner.isEmpty()) {
                endedByOwner.remove(owner);
            }
        }
    }

    /** Records the denial of the request that would have opened an id. Exchanges of the owner that wait for it end. */
    void deny(Owner owner, BuildId id, ErrorReply denial) {
        List<Waiting> next;
        Key key = new Key(owner, id);
        synchronized (this) {
            if (!id.isValid() || isOwn(owner, id)) {
                return;
            }
            denied.put(owner, id, denial);
            next = List.copyOf(waiting.getOrDefault(key, List.of()));
        }
        answer(next, new Answer(false, denial));
    }

    synchronized boolean isOwn(Owner owner, BuildId id) {
        Entry entry = entries.get(id);
        return entry != null && entry.owner.equals(owner);
    }

    synchronized boolean isOfAnother(Owner owner, BuildId id) {
        Entry entry = entries.get(id);
        return entry != null && !entry.owner.equals(owner);
    }

    /**
     * Waits until an id belongs to the owner, or its request is denied. The caller completes the future with {@link Answer#UNKNOWN}
     * when it has waited too long.
     *
     * @param executor runs what follows
     */
    CompletableFuture<Answer> await(Owner owner, BuildId id, Executor executor) {
        Key key = new Key(owner, id);
        Waiting waiter = new Waiting(executor, new CompletableFuture<>());
        synchronized (this) {
            ErrorReply denial = denied.find(owner, id);
            int before = waitingByOwner.getOrDefault(owner, 0);
            if (isOwn(owner, id)) {
                return CompletableFuture.completedFuture(Answer.OWN);
            }
            if (denial != null || !id.isValid() || isOfAnother(owner, id) || before >= MOST_WAITING_OF_OWNER) {
                return CompletableFuture.completedFuture(denial == null ? Answer.UNKNOWN : new Answer(false, denial));
            }
            waitingByOwner.put(owner, before + 1);
            waiting.computeIfAbsent(key, any -> new ArrayList<>()).add(waiter);
        }
        var unused = waiter.answer.whenComplete((answer, failure) -> leave(key, waiter));
        return waiter.answer;
    }

    private synchronized void leave(Key key, Waiting waiter) {
        List<Waiting> ofKey = waiting.get(key);
        if (ofKey != null && ofKey.remove(waiter)) {
            if (ofKey.isEmpty()) {
                waiting.remove(key);
            }
            waitingByOwner.computeIfPresent(key.owner, (any, count) -> count == 1 ? null : count - 1);
        }
    }

    private static void answer(List<Waiting> waiters, Answer answer) {
        waiters.forEach(each -> each.executor.execute(() -> each.answer.complete(answer)));
    }

    /** Records a result that the daemon has given a build in use. */
    synchronized void addResult(Owner owner, BuildId build, Object result) {
        Entry entry = entries.get(build);
        if (entry != null && entry.owner.equals(owner) && entry.uses > 0) {
            entry.results.remove(result);
            entry.results.add(result);
            if (entry.results.size() > MOST_RESULTS) {
                Iterator<Object> oldest = entry.results.iterator();
                oldest.next();
                oldest.remove();
            }
        }
    }

    /** Returns true if the daemon has given an own build this result. */
    synchronized boolean hasResult(Owner owner, BuildId build, Object result) {
        Entry entry = entries.get(build);
        return entry != null && entry.owner.equals(owner) && entry.results.contains(result);
    }

    /** Records a blob, such as the log of a build, of an own build. */
    void addBlob(Owner owner, String digest) {
        blobs.put(owner, digest, true);
    }

    boolean isOwnBlob(Owner owner, String digest) {
        return blobs.find(owner, digest) != null;
    }

    /** Returns the sessions of other clients. */
    synchronized Set<String> sessionsOfOthers(Owner owner) {
        Set<String> sessions = new HashSet<>();
        entries.forEach((id, entry) -> {
            if (id.kind == Kind.SESSION && !entry.owner.equals(owner)) {
                sessions.add(id.text);
            }
        });
        return sessions;
    }

    synchronized int size() {
        return entries.size() + waiting.size();
    }
}
