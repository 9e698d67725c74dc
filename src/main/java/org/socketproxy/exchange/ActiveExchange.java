package org.socketproxy.exchange;

/** An exchange in the registry of {@link ActiveExchanges}: it was forwarded and has not ended. */
public interface ActiveExchange {
    /** Whether it may last without end, so that a stop does not wait for it. */
    boolean isEndless();

    /** Whether raw bytes flow both ways. */
    boolean isTunnel();

    /** Age in nanoseconds; {@code nowNanos} is {@link System#nanoTime}. */
    long ageNanos(long nowNanos);

    /** Its progress until now. */
    ExchangeSnapshot snapshot();

    /** Begins or continues to watch for a client that leaves while no bytes flow. */
    void detectDisconnect();

    /** Ends it as soon as possible. */
    void abort(Throwable cause);
}
