package org.socketproxy.audit;

import java.util.Locale;

/** Outcome of an exchange according to the policy and the extensions. */
public enum Outcome {
    /** The policy allows the request, and no extension denies it. */
    ALLOW,
    /** The policy or an extension denies the request, or the decision failed. */
    DENY,
    /** The variables deny the request, and the proxy forwards it because learn mode is on. */
    LEARN;

    /** Returns the code in the audit log, such as {@code allow}. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
