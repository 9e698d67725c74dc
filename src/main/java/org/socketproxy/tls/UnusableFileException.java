package org.socketproxy.tls;

import java.nio.file.Path;

/** Thrown if a certificate or key file is unusable; the message says how to fix it. */
public final class UnusableFileException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Path file;
    private final String advice;

    UnusableFileException(Path file, String advice, Throwable cause) {
        super(file + ": " + advice, cause);
        this.file = file;
        this.advice = advice;
    }

    UnusableFileException(Path file, String advice) {
        super(file + ": " + advice);
        this.file = file;
        this.advice = advice;
    }

    public Path file() {
        return file;
    }

    /** Returns the fault and its fix, without the file. */
    public String advice() {
        return advice;
    }
}
