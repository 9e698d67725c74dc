package org.socketproxy.extension;

import jakarta.servlet.ServletException;

/**
 * Thrown by an extension to deny a request. The client gets status 403 and the sentence in the daemon's error format,
 * {@code {"message":"socket-proxy: …"}}, which Docker clients print; the audit log names the extension.
 */
public final class DeniedException extends ServletException {
    private static final long serialVersionUID = 1;

    /**
     * Creates a denial.
     *
     * @param sentence the reason, and if possible what the extension would allow; without a full stop. The client's
     *     user reads it: it may repeat data of the request, and must not contain secrets
     * @throws IllegalArgumentException if the sentence is blank
     */
    public DeniedException(String sentence) {
        super(sentence);
        if (sentence.isBlank()) {
            throw new IllegalArgumentException("A denial needs a sentence with the reason");
        }
    }

    /** Returns the sentence. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** Records no stack trace: a denial is not an error, and may be frequent. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
