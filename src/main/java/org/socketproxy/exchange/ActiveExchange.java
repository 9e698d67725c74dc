package org.socketproxy.exchange;

/** Exchange in the registry {@link ActiveExchanges}: its body is being judged, or it was forwarded; it has not ended. */
public interface ActiveExchange {
    /** Returns whether it can last forever (a stream or a tunnel), so that a stop does not wait for it. */
    boolean isEndless();

    /** Returns whether it is a tunnel. */
    boolean isTunnel();

    /** Returns the age in nanoseconds; {@code nowNanos} is {@link System#nanoTime}. */
    long ageNanos(long nowNanos);

    /** Returns its current state. */
    ExchangeSnapshot snapshot();

    /** Starts or continues to detect a disconnect of the client while no bytes flow. */
    void detectDisconnect();

    /** Ends it as soon as possible; any thread can call it. */
    void abort(Throwable cause);
}
