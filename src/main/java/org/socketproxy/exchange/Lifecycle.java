package org.socketproxy.exchange;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The state of one exchange. Allows only the transitions of {@link ExchangeState}.
 *
 * <p>Threading: of two concurrent transitions only one that the table allows happens.
 */
final class Lifecycle {
    private final AtomicReference<ExchangeState> state = new AtomicReference<>(ExchangeState.RECEIVED);

    private final Queue<Runnable> endings = new ConcurrentLinkedQueue<>();

    ExchangeState now() {
        return Objects.requireNonNull(state.get());
    }

    /** Returns the state that this thread left, or null if the table does not allow the transition. */
    @Nullable
    ExchangeState enter(ExchangeState next) {
        while (true) {
            ExchangeState current = now();
            if (!current.mayBecome(next)) {
                return null;
            }
            if (state.compareAndSet(current, next)) {
                return current;
            }
        }
    }

    /** Runs an action when the exchange ends, after the earlier ones. */
    void atEnd(Runnable action) {
        endings.add(action);
    }

    /** Enters the last state and runs the actions. Returns false if the exchange has ended before. */
    boolean end() {
        boolean isFirst = enter(ExchangeState.ENDED) != null;
        if (isFirst) {
            endings.forEach(Runnable::run);
        }
        return isFirst;
    }

    /** Returns true if this thread changed exactly this state to the next. */
    boolean change(ExchangeState from, ExchangeState next) {
        return state.compareAndSet(from, next);
    }
}
