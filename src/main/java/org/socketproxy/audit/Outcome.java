package org.socketproxy.audit;

import java.util.Locale;

/** What became of an exchange by the policy, and by the extensions behind it. */
public enum Outcome {
    /** The variables allow it, and no extension denied it. */
    ALLOW,
    /** They do not, or an extension does not, or it could not be judged. */
    DENY,
    /** The variables do not, and it went through all the same, since the proxy was learning. */
    LEARN;

    /** As the audit log writes it, such as {@code allow}. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
