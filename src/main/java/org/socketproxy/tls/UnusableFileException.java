package org.socketproxy.tls;

import java.nio.file.Path;

/** A file of certificates or keys that cannot be used, for a reason that its owner can mend. */
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

    /** Which of the files it was. */
    public Path file() {
        return file;
    }

    /** What is wrong with it, and what would be right; without its name. */
    public String advice() {
        return advice;
    }
}
