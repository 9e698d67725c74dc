package org.socketproxy.exchange;

import org.jspecify.annotations.Nullable;

/**
 * State of an exchange, with the table of allowed transitions. A transition that is not in the table does not happen.
 */
public enum ExchangeState {
    /** The head of the request was read, and no filter has judged it. */
    RECEIVED,
    /** A filter has denied the request, and the proxy sends the response. */
    DENIED,
    /** The permission filter permitted it, and the steps decide about its objects and its body. */
    DECIDING,
    /** A step reads its body to judge it. */
    READING_BODY,
    /** All steps allow it; an extension may still deny it. */
    ALLOWED,
    /** It was sent to the daemon. */
    FORWARDED,
    /** The response, or the failure, of the daemon is complete. */
    ANSWERED,
    /** The response was written, and the proxy reads and discards the rest of the request body. */
    DRAINING,
    /** The client has disconnected or the proxy stops: no response is needed. */
    ABORTED,
    /** The exchange is returned to the servlet container, which ends the response. */
    RETURNED,
    /** Raw bytes are forwarded in both directions after an upgrade. */
    TUNNEL,
    /** The audit record was written. */
    ENDED;

    /** Returns whether the proxy waits for the daemon, so that only the connection shows that the client has left. */
    static boolean isAwaitingDaemon(@Nullable ExchangeState state) {
        return state == FORWARDED || state == DECIDING;
    }

    /** Returns whether the rest of a body goes to a judge or to the daemon. */
    static boolean isAwaitingBody(ExchangeState state) {
        return state == DECIDING || state == READING_BODY || state == ALLOWED || state == FORWARDED;
    }

    /** Returns whether the table allows the transition from this state to the next one. */
    public boolean mayBecome(ExchangeState next) {
        return switch (this) {
            case RECEIVED -> next == DENIED || next == DECIDING || next == ENDED;
            case DECIDING ->
                next == DENIED || next == READING_BODY || next == ALLOWED || next == ABORTED || next == ENDED;
            case READING_BODY -> next == DENIED || next == DECIDING || next == ABORTED || next == ENDED;
            case ALLOWED -> next == DENIED || next == FORWARDED || next == ABORTED || next == ENDED;
            case FORWARDED -> next == ANSWERED || next == TUNNEL || next == ABORTED || next == ENDED;
            case ANSWERED -> next == DRAINING || next == RETURNED || next == ABORTED || next == ENDED;
            case DRAINING -> next == RETURNED || next == ABORTED || next == ENDED;
            case ABORTED -> next == RETURNED || next == ENDED;
            case DENIED, RETURNED, TUNNEL -> next == ENDED;
            case ENDED -> false;
        };
    }
}
