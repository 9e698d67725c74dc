package org.socketproxy.jetty;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jetty.util.Pool;
import org.jspecify.annotations.Nullable;

/**
 * LIFO connection pool: reuses the most recently returned connection, for one exchange at a time.
 *
 * <p>Replaces {@code ConcurrentPool} of Jetty, which iterates over the entries in use to find an idle one: a tenth of
 * the processor time of a request while 400 streams are open. After an upgrade of Jetty check the contract of {@link Pool} and {@link Pool.Entry}.
 *
 * <p>Threading: thread-safe, one lock.
 */
final class LifoConnectionPool<T> implements Pool<T> {
    private final int maxSize;
    private final Set<PooledEntry> entries = new HashSet<>();
    private final Deque<PooledEntry> idle = new ArrayDeque<>();
    private boolean isTerminated;

    /** @param maxSize highest number of entries, in use or idle */
    LifoConnectionPool(int maxSize) {
        this.maxSize = maxSize;
    }

    @Override
    public synchronized @Nullable Entry<T> reserve() {
        if (isTerminated || entries.size() >= maxSize) {
            return null;
        }
        PooledEntry entry = new PooledEntry();
        entries.add(entry);
        return entry;
    }

    @Override
    public synchronized @Nullable Entry<T> acquire() {
        PooledEntry entry = idle.pollLast();
        if (entry != null) {
            entry.state = State.IN_USE;
        }
        return entry;
    }

    @Override
    public synchronized boolean isTerminated() {
        return isTerminated;
    }

    /**
     * Removes the entries that have been idle for longer than {@code idleNanos}. These are the first ones of the stack.
     *
     * @return the removed objects; the caller closes them
     */
    List<T> expire(long nowNanos, long idleNanos) {
        List<T> expired = new ArrayList<>();
        synchronized (this) {
            PooledEntry oldest = idle.peekFirst();
            while (oldest != null && nowNanos - oldest.idleSinceNanos > idleNanos) {
                idle.removeFirst();
                oldest.state = State.REMOVED;
                entries.remove(oldest);
                if (oldest.pooled != null) {
                    expired.add(oldest.pooled);
                }
                oldest = idle.peekFirst();
            }
        }
        return expired;
    }

    /** Returns all entries. The caller removes each and closes its object. */
    @Override
    public synchronized Collection<Entry<T>> terminate() {
        isTerminated = true;
        List<Entry<T>> all = new ArrayList<>(entries);
        entries.forEach(entry -> entry.state = State.TERMINATED);
        idle.clear();
        return all;
    }

    @Override
    public synchronized int size() {
        return entries.size();
    }

    @Override
    public int getMaxSize() {
        return maxSize;
    }

    @Override
    public synchronized Stream<Entry<T>> stream() {
        return new ArrayList<Entry<T>>(entries).stream();
    }

    private enum State {
        RESERVED,
        IDLE,
        IN_USE,
        /** The pool is terminated, and the entry is not removed yet. */
        TERMINATED,
        REMOVED
    }

    private final class PooledEntry implements Entry<T> {
        private @Nullable T pooled;
        private State state = State.RESERVED;
        private long idleSinceNanos;

        @Override
        public boolean enable(T object, boolean isAcquired) {
            synchronized (LifoConnectionPool.this) {
                if (isTerminated()) {
                    return false;
                }
                if (state != State.RESERVED) {
                    throw new IllegalStateException("The entry is already enabled: " + pooled);
                }
                pooled = object;
                state = State.IN_USE;
                return isAcquired || release();
            }
        }

        @Override
        public @Nullable T getPooled() {
            synchronized (LifoConnectionPool.this) {
                return pooled;
            }
        }

        @Override
        public boolean release() {
            synchronized (LifoConnectionPool.this) {
                if (state != State.IN_USE) {
                    return false;
                }
                state = State.IDLE;
                idleSinceNanos = System.nanoTime();
                idle.addLast(this);
                return true;
            }
        }

        @Override
        public boolean remove() {
            synchronized (LifoConnectionPool.this) {
                if (state == State.REMOVED) {
                    return false;
                }
                if (state == State.IDLE) {
                    idle.removeLastOccurrence(this);
                }
                state = State.REMOVED;
                return entries.remove(this);
            }
        }

        private boolean is(State expected) {
            synchronized (LifoConnectionPool.this) {
                return state == expected;
            }
        }

        @Override
        public boolean isReserved() {
            return is(State.RESERVED);
        }

        @Override
        public boolean isIdle() {
            return is(State.IDLE);
        }

        @Override
        public boolean isInUse() {
            return is(State.IN_USE);
        }

        @Override
        public boolean isTerminated() {
            return is(State.TERMINATED) || is(State.REMOVED);
        }
    }
}
