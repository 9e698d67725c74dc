package org.socketproxy.exchange;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Time that an exchange waits for the begin of the daemon's answer ({@code DAEMON_TIMEOUT}), from the first sweep that sees it wait.
 *
 * <p>Threading: confined to the thread of the sweep.
 */
final class AnswerLimit {
    private @Nullable Long sinceNanos;

    /** Returns whether the exchange waits, and has waited too long. */
    boolean isOver(Exchange exchange, long nowNanos, Duration limit) {
        if (!isWaiting(exchange)) {
            return false;
        }
        Long since = sinceNanos;
        if (since == null) {
            sinceNanos = nowNanos;
            return false;
        }
        return nowNanos - since > limit.toNanos();
    }

    private static boolean isWaiting(Exchange exchange) {
        return exchange.is(ExchangeState.FORWARDED)
                && !exchange.daemonAnswer().isDone()
                && !exchange.isBodyIncomplete()
                && exchange.trial().operation().isAnsweredSoon();
    }

    /** Returns a failure that is no {@link java.io.IOException}, after which the request would be repeated. */
    static TimeoutException failure() {
        return new TimeoutException("The daemon has not begun its answer within DAEMON_TIMEOUT");
    }
}
