package org.socketproxy.audit;

import java.util.Locale;

/** What became of an exchange by the policy. */
public enum Passage {
    /** The variables allow it. */
    ALLOW,
    /** They do not, or it could not be judged. */
    DENY,
    /** They do not, and it went through all the same, since the proxy was learning. */
    LEARN;

    /** As the audit log writes it, such as {@code allow}. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
