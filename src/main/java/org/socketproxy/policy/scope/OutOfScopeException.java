package org.socketproxy.policy.scope;

/** A request cannot be restricted to the objects of a profile, although its operation can be. */
public final class OutOfScopeException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param message the end of a sentence, without values of the request */
    OutOfScopeException(String message) {
        super(message, null, false, false);
    }

    /** Returns the end of the sentence about the fault. */
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
