package org.socketproxy.audit;

import java.util.Locale;

/** Outcome of an exchange according to the policy and the extensions. */
public enum Outcome {
    /** Allowed by the policy and all extensions. */
    ALLOW,
    /** Denied by the policy or an extension, or the decision failed. */
    DENY,
    /** Denied by the variables, but forwarded in learn mode. */
    LEARN,
    /** Forwarded; the policy in {@code SHADOW_POLICY} would deny it. */
    WOULD_DENY,
    /** Forwarded; the policy in {@code SHADOW_POLICY} would hide elements of the list in the response. */
    WOULD_HIDE;

    /** Returns the code, such as {@code allow}. */
    String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
