package org.socketproxy.lease;

/** A lease that cannot be opened, renewed or ended. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;
    private final int status;

    RefusedException(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    int status() {
        return status;
    }
}
