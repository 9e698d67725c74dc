package org.socketproxy.usage;

import java.io.IOException;

/** The path of {@code LEDGER} holds something that the proxy must not touch; the message says what would be right. */
public final class UnusableLedgerException extends IOException {
    private static final long serialVersionUID = 1;

    UnusableLedgerException(String advice) {
        super(advice);
    }

    /** What is wrong with the path, and what would be right; without the path. */
    public String advice() {
        return String.valueOf(getMessage());
    }
}
