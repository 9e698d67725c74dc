package org.socketproxy.usage;

import java.io.IOException;

/** Thrown if the path of {@code LEDGER} exists and is not a ledger; the message says how to fix it. */
public final class UnusableLedgerException extends IOException {
    private static final long serialVersionUID = 1;

    UnusableLedgerException(String advice) {
        super(advice);
    }

    /** Returns the fault and its fix, without the path. */
    public String advice() {
        return String.valueOf(getMessage());
    }
}
