package org.socketproxy.security;

import java.util.Map;
import java.util.Set;

/**
 * A request of a confined client, and what the oracle says about it.
 *
 * @param body with apostrophes; empty for none
 * @param statuses possible status codes of the response
 * @param forwarded method and target that reach the daemon, or empty for a denial
 * @param contained texts in the forwarded body
 * @param labels labels in the forwarded body
 * @param visible ids that the response may have
 * @param isExact whether the response has each of these ids
 * @param isSecret whether the response must be that of a daemon that has the own objects only
 */
record ConfinedCase(
        String method,
        String target,
        String body,
        Set<Integer> statuses,
        String forwarded,
        Set<String> contained,
        Map<String, String> labels,
        Set<String> visible,
        boolean isExact,
        boolean isSecret) {
    static ConfinedCase allowed(String method, String target, String body, int status, String forwarded) {
        return new ConfinedCase(
                method, target, body, Set.of(status), forwarded, Set.of(), Map.of(), Set.of(), false, true);
    }

    static ConfinedCase denied(String method, String target, String body, Set<Integer> statuses) {
        return new ConfinedCase(method, target, body, statuses, "", Set.of(), Map.of(), Set.of(), false, true);
    }

    ConfinedCase containing(Set<String> texts, Map<String, String> forced) {
        return new ConfinedCase(method, target, body, statuses, forwarded, texts, forced, visible, isExact, isSecret);
    }

    ConfinedCase showing(Set<String> ids, boolean exactly) {
        return new ConfinedCase(method, target, body, statuses, forwarded, contained, labels, ids, exactly, isSecret);
    }

    /** A case in which the client can notice others, as the documentation says. */
    ConfinedCase open() {
        return new ConfinedCase(method, target, body, statuses, forwarded, contained, labels, visible, isExact, false);
    }
}
