package org.socketproxy.exchange;

/**
 * Life of an exchange. The table of allowed transitions stands here and nowhere else; a transition that is not in it does
 * not happen.
 */
public enum ExchangeState {
    /** The head of the request was read, and no filter has judged it. */
    RECEIVED,
    /** A filter denied it; the proxy answers by itself. */
    DENIED,
    /** The permission filter allowed it; a later filter may still deny it. */
    ALLOWED,
    /** The permission filter allowed it, and the body filter reads its body to judge it. */
    READING_BODY,
    /** It was sent to the daemon. */
    FORWARDED,
    /** The response, or the failure, of the daemon is complete. */
    ANSWERED,
    /** The response was written, and the proxy reads and discards the rest of the request body. */
    DRAINING,
    /** The client left or the proxy stops: nothing waits for a response. */
    ABORTED,
    /** The servlet container has the exchange back, and writes the end of the response. */
    RETURNED,
    /** Raw bytes flow both ways after an upgrade. */
    TUNNEL,
    /** The audit record was written. */
    ENDED;

    /** Whether an exchange in this state may enter the other one. */
    public boolean mayBecome(ExchangeState next) {
        return switch (this) {
            case RECEIVED -> next == DENIED || next == ALLOWED || next == ENDED;
            case ALLOWED -> next == DENIED || next == READING_BODY || next == FORWARDED || next == ENDED;
            case READING_BODY -> next == ALLOWED || next == DENIED || next == ENDED;
            case FORWARDED -> next == ANSWERED || next == TUNNEL || next == ABORTED || next == ENDED;
            case ANSWERED -> next == DRAINING || next == RETURNED || next == ABORTED || next == ENDED;
            case DRAINING -> next == RETURNED || next == ABORTED || next == ENDED;
            case ABORTED -> next == RETURNED || next == ENDED;
            case DENIED, RETURNED, TUNNEL -> next == ENDED;
            case ENDED -> false;
        };
    }
}
