package org.socketproxy.extension;

import jakarta.servlet.ServletException;

/**
 * Thrown by an extension to deny the request that it is asked about. The client gets status 403 and the sentence in the
 * daemon's own form, {@code {"message":"socket-proxy: …"}}, which Docker clients print; the audit log names the extension.
 */
public final class DeniedException extends ServletException {
    private static final long serialVersionUID = 1;

    /**
     * A denial.
     *
     * @param sentence says why, and best what would be allowed, for the person at the client; without a full stop. It may
     *     repeat what the client sent, and should hold nothing that the client must not know
     * @throws IllegalArgumentException if it is blank
     */
    public DeniedException(String sentence) {
        super(sentence);
        if (sentence.isBlank()) {
            throw new IllegalArgumentException("A denial needs a sentence that says why");
        }
    }

    /** The sentence. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** None: a denial is no fault, and may come often. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
