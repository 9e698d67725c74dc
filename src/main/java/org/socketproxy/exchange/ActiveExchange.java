package org.socketproxy.exchange;

import java.time.Duration;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;

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

    /** Returns whether the client sends its body too slowly; called by one thread, several times a second. */
    boolean isUploadTooSlow(long nowNanos);

    /** Ends it with status 504 if the daemon has not begun its answer in time; called by one thread, several times a second. */
    default void limitDaemon(long nowNanos, Duration limit) {}

    /** Returns false if it is a stream, a tunnel or a request with an incomplete body that the profile of its client no longer allows, or only by other rules. */
    boolean isStillAllowed(Profiles profiles);

    /** Records that the response of the daemon is withheld from the client, as a whole or from some byte on. */
    void withhold(Reason reason);

    /** Ends it as soon as possible; any thread can call it. */
    void abort(Throwable cause);
}
