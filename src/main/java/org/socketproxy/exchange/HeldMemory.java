package org.socketproxy.exchange;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Profile;

/**
 * Limits the memory for the bytes of one kind that the proxy holds at the same time: request bodies that are judged,
 * responses that are transformed, or answers to the proxy's own queries.
 *
 * <p>Threading: thread-safe. A closed share cannot grow, so an exchange that has ended reserves nothing.
 *
 * <p>Security: one client reserves at most half of the memory (of that for bodies three quarters), and the clients of one profile of a
 * policy file half of the rest too.
 * Where memory is missing, exchanges that have waited too long for their client lose theirs, the longest wait first.
 */
public final class HeldMemory {
    /** One eighth of the heap. */
    private static final int FRACTION_OF_HEAP = 8;
    /** Time in which a client must read its response, or send its body, if other exchanges need the memory. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final long limitBytes;
    private final long clientBytes;
    private final long profileBytes;
    private final long patienceNanos;
    private final Map<String, Long> byClient = new HashMap<>();
    private final Map<String, Long> byProfile = new HashMap<>();
    private final Set<Share> waiting = new HashSet<>();
    private long reservedBytes;

    public HeldMemory(long limitBytes) {
        this(limitBytes, 0, PATIENCE);
    }

    /**
     * Creates a limit.
     *
     * @param largestBytes lowest share of one client, for a single large piece
     * @param patience the shortest wait for a client after which its exchange can lose its memory
     */
    public HeldMemory(long limitBytes, long largestBytes, Duration patience) {
        this.limitBytes = limitBytes;
        this.clientBytes = Math.min(limitBytes, Math.max(limitBytes / 2, largestBytes));
        this.profileBytes = clientBytes + (limitBytes - clientBytes) / 2;
        this.patienceNanos = patience.toNanos();
    }

    /** Creates a limit of one eighth of the heap. */
    public static HeldMemory ofThisProcess() {
        return ofThisProcess(0);
    }

    /**
     * Creates a limit of one eighth of the heap.
     *
     * @param largestBytes lowest share of one client, for a single large piece
     */
    public static HeldMemory ofThisProcess(long largestBytes) {
        return new HeldMemory(Runtime.getRuntime().maxMemory() / FRACTION_OF_HEAP, largestBytes, PATIENCE);
    }

    /** Creates a limit of one eighth of the heap, but not more than {@code mostBytes}. */
    public static HeldMemory ofThisProcess(long largestBytes, long mostBytes) {
        long limitBytes = Math.min(Runtime.getRuntime().maxMemory() / FRACTION_OF_HEAP, mostBytes);
        return new HeldMemory(limitBytes, largestBytes, PATIENCE);
    }

    /** Creates a limit of one eighth of the heap for request bodies. */
    public static HeldMemory ofBodies() {
        return ofBodies(Runtime.getRuntime().maxMemory() / FRACTION_OF_HEAP);
    }

    /** Creates a limit for request bodies: one client can have three quarters, for a large message of a build and its copies. */
    public static HeldMemory ofBodies(long limitBytes) {
        return new HeldMemory(limitBytes, limitBytes / 4 * 3, PATIENCE);
    }

    /**
     * Creates the share of one exchange.
     *
     * @param client the client of the exchange, or null for the proxy itself
     * @param profile the profile of the client, or null if it is not known
     */
    public Share share(@Nullable Client client, @Nullable Profile profile) {
        return share(
                client == null ? "" : client.limitKey(),
                profile != null && profile.origin().isOfFile() ? profile.name() : null);
    }

    Share share(String client, @Nullable String profile) {
        return new Share(client, profile);
    }

    /** Returns how many bytes one client can reserve. */
    public long clientBytes() {
        return clientBytes;
    }

    /** Returns how many bytes are reserved. */
    public synchronized long reservedBytes() {
        return reservedBytes;
    }

    /**
     * Reserves bytes, or takes them from exchanges that wait for their clients.
     *
     * @param cut gets the shares that have lost their bytes
     */
    private synchronized boolean take(Share share, int bytes, Set<Share> cut) {
        while (!share.isClosed) {
            if (share.isWithinLimits(bytes, 1)) {
                count(share, bytes);
                return true;
            }
            Share slowest = slowest(share, bytes);
            if (slowest == null) {
                return false;
            }
            closeNow(slowest);
            cut.add(slowest);
        }
        return false;
    }

    private synchronized boolean takeSpare(Share share, int bytes) {
        boolean isTaken = !share.isClosed && share.isWithinLimits(bytes, 2);
        if (isTaken) {
            count(share, bytes);
        }
        return isTaken;
    }

    /** Returns the longest-waiting share that counts for an exceeded limit, or null. */
    private @Nullable Share slowest(Share needing, int bytes) {
        long now = System.nanoTime();
        Share slowest = null;
        for (Share each : waiting) {
            boolean isSlow = each != needing && each.bytes > 0 && now - each.waitsSinceNanos >= patienceNanos;
            if (isSlow
                    && needing.isHelpedBy(each, bytes)
                    && (slowest == null || each.waitsSinceNanos - slowest.waitsSinceNanos < 0)) {
                slowest = each;
            }
        }
        return slowest;
    }

    private void count(Share share, int bytes) {
        share.bytes += bytes;
        reservedBytes += bytes;
        add(byClient, share.client, bytes);
        if (share.profile != null) {
            add(byProfile, share.profile, bytes);
        }
    }

    private static void add(Map<String, Long> counts, String key, int bytes) {
        counts.compute(key, (any, before) -> {
            long after = (before == null ? 0 : before) + bytes;
            return after == 0 ? null : after;
        });
    }

    private synchronized void closeNow(Share share) {
        share.isClosed = true;
        waiting.remove(share);
        count(share, -share.bytes);
    }

    private synchronized void giveBack(Share share, int bytes) {
        count(share, -Math.min(bytes, share.bytes));
    }

    private synchronized void setWaiting(Share share, boolean isWaiting) {
        share.waitsSinceNanos = System.nanoTime();
        if (isWaiting && !share.isClosed) {
            waiting.add(share);
        } else {
            waiting.remove(share);
        }
    }

    /** Memory that one exchange has reserved. */
    public final class Share {
        private final String client;
        private final @Nullable String profile;
        private int bytes;
        private boolean isClosed;
        private long waitsSinceNanos;
        private volatile Runnable cut = () -> {};

        private Share(String client, @Nullable String profile) {
            this.client = client;
            this.profile = profile;
        }

        /** Sets the action that ends the exchange when it loses its memory; it must not block. */
        public void onCut(Runnable action) {
            cut = action;
        }

        /** Reserves bytes, or returns false if so many are not free for this client and profile. */
        public boolean reserve(int more) {
            Set<Share> slow = new HashSet<>();
            boolean isReserved = take(this, more, slow);
            slow.forEach(share -> share.cut.run());
            return isReserved;
        }

        /** Reserves bytes that the exchange can do without: only from the first half of each limit, and nothing is cut. */
        public boolean reserveSpare(int more) {
            return takeSpare(this, more);
        }

        /** Gives reserved bytes back, at most as many as it has reserved. */
        public void release(int fewer) {
            giveBack(this, fewer);
        }

        /** Records that the exchange waits for its client, since now. */
        public void waitForClient() {
            setWaiting(this, true);
        }

        /** Records that the exchange goes on. */
        public void goOn() {
            setWaiting(this, false);
        }

        /** Gives all bytes back. The share reserves none any more. */
        public void close() {
            closeNow(this);
        }

        /** @param part divisor of the limits, such as 2 for the half */
        private boolean isWithinLimits(int more, int part) {
            return !isTotalExceeded(more, part) && !isClientExceeded(more, part) && !isProfileExceeded(more, part);
        }

        private boolean isTotalExceeded(int more, int part) {
            return reservedBytes + more > limitBytes / part;
        }

        private boolean isClientExceeded(int more, int part) {
            return byClient.getOrDefault(client, 0L) + more > clientBytes / part;
        }

        private boolean isProfileExceeded(int more, int part) {
            return profile != null && byProfile.getOrDefault(profile, 0L) + more > profileBytes / part;
        }

        /** Returns true if memory of the other share is missing for this one. */
        private boolean isHelpedBy(Share other, int more) {
            if (isClientExceeded(more, 1)) {
                return other.client.equals(client);
            }
            return isProfileExceeded(more, 1)
                    ? profile != null && profile.equals(other.profile)
                    : isTotalExceeded(more, 1);
        }
    }
}
