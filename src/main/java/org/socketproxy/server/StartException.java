package org.socketproxy.server;

/** The program cannot start, for a reason that its user can mend: the message is a sentence that says how. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String message, Throwable cause) {
        super(message, cause);
    }

    StartException(String message) {
        super(message);
    }

    /** The sentence. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
