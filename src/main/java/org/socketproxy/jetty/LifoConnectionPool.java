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
 * What is kept to be used again, by one at a time: whoever wants one gets the one that was used last. Jetty's own pool asks
 * each that is in use before it comes to one that is idle, which grows with the number of clients.
 *
 * <p>Threading: any, under one lock.
 */
final class LifoConnectionPool<T> implements Pool<T> {
    private final int maxSize;
    private final Set<Held> held = new HashSet<>();
    private final Deque<Held> idle = new ArrayDeque<>();
    private boolean isTerminated;

    /** @param maxSize how many there may be, in use or not */
    LifoConnectionPool(int maxSize) {
        this.maxSize = maxSize;
    }

    @Override
    public synchronized @Nullable Entry<T> reserve() {
        if (isTerminated || held.size() >= maxSize) {
            return null;
        }
        Held entry = new Held();
        held.add(entry);
        return entry;
    }

    @Override
    public synchronized @Nullable Entry<T> acquire() {
        Held entry = idle.pollLast();
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
     * Removes the entries that are idle for longer than this: the first ones of the stack, since those that came back last
     * are used first. An entry in use is never among them.
     *
     * @return what was pooled in them; the caller closes it
     */
    List<T> expire(long nowNanos, long idleNanos) {
        List<T> expired = new ArrayList<>();
        synchronized (this) {
            Held oldest = idle.peekFirst();
            while (oldest != null && nowNanos - oldest.idleSinceNanos > idleNanos) {
                idle.removeFirst();
                oldest.state = State.GONE;
                held.remove(oldest);
                if (oldest.pooled != null) {
                    expired.add(oldest.pooled);
                }
                oldest = idle.peekFirst();
            }
        }
        return expired;
    }

    /** All that were held: who removes one of them has to close what was in it. */
    @Override
    public synchronized Collection<Entry<T>> terminate() {
        isTerminated = true;
        List<Entry<T>> all = new ArrayList<>(held);
        held.forEach(entry -> entry.state = State.ENDED);
        idle.clear();
        return all;
    }

    @Override
    public synchronized int size() {
        return held.size();
    }

    @Override
    public int getMaxSize() {
        return maxSize;
    }

    @Override
    public synchronized Stream<Entry<T>> stream() {
        return new ArrayList<Entry<T>>(held).stream();
    }

    private enum State {
        RESERVED,
        IDLE,
        IN_USE,
        /** The pool is at its end, and nobody has removed it yet. */
        ENDED,
        GONE
    }

    private final class Held implements Entry<T> {
        private @Nullable T pooled;
        private State state = State.RESERVED;
        private long idleSinceNanos;

        @Override
        public boolean enable(T made, boolean isAcquired) {
            synchronized (LifoConnectionPool.this) {
                if (isTerminated()) {
                    return false;
                }
                if (state != State.RESERVED) {
                    throw new IllegalStateException("It is enabled already: " + pooled);
                }
                pooled = made;
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
                if (state == State.GONE) {
                    return false;
                }
                if (state == State.IDLE) {
                    idle.removeLastOccurrence(this);
                }
                state = State.GONE;
                return held.remove(this);
            }
        }

        private boolean is(State asked) {
            synchronized (LifoConnectionPool.this) {
                return state == asked;
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
            return is(State.ENDED) || is(State.GONE);
        }
    }
}
