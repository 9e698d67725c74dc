package org.socketproxy.usage;

import java.util.Locale;
import org.socketproxy.audit.Outcome;

/** Result of a request for the page: its decision, and whether an allowed one failed. */
public enum Result {
    ALLOWED,
    /** Allowed; the response has a status from 500 on, such as 502 if the daemon does not answer. */
    FAILED,
    /** Denied by the variables, and forwarded by learn mode. */
    LEARNED,
    DENIED;

    static final int SERVER_ERROR = 500;

    /** Returns the name in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param status 0 without a response */
    static Result of(Outcome outcome, int status) {
        return switch (outcome) {
            case ALLOW -> status >= SERVER_ERROR ? FAILED : ALLOWED;
            case LEARN -> LEARNED;
            default -> DENIED;
        };
    }
}
