package org.socketproxy.lease;

import java.util.Locale;

/** States of a lease, in their order; from {@code LOST} a lease does not return. */
public enum LeaseState {
    /** Its clients may send requests. */
    OPEN,
    /** The connection of its opener has ended; its clients may go on for a short time. */
    LOST,
    /** New requests are denied; those under way may end. */
    CLOSING,
    /** Its objects are removed. */
    SWEEPING,
    /** An object could not be removed for a minute; the proxy tries again. */
    STUCK,
    /** Nothing of it is left. */
    ENDED;

    /** Returns true if its clients may send requests. */
    boolean isUsable() {
        return this == OPEN || this == LOST;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
