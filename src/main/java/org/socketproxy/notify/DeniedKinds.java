package org.socketproxy.notify;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.policy.Reason;
import org.socketproxy.usage.Usage;

/**
 * The kinds of denials that the administrator knows: an operation and a reason in a profile.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: bounded for each profile, so that the clients of one do not hide the denials of others.
 */
final class DeniedKinds {
    static final int MOST = 200;

    private final Map<String, Set<String>> known = new ConcurrentHashMap<>();

    /** Adds the kinds that a ledger has from before the start. */
    void add(String profile, Usage usage) {
        usage.clients().stream()
                .flatMap(client -> client.operations().stream())
                .filter(use -> use.denied() > 0)
                .forEach(use -> isNew(profile, use.operation() + " " + Reason.VARIABLE_MISSING.code()));
    }

    /** Returns true once for each kind. */
    boolean isNew(String profile, BeginRecord denied) {
        return isNew(profile, denied.operation() + " " + denied.reason());
    }

    private boolean isNew(String profile, String kind) {
        Set<String> kinds = known.computeIfAbsent(profile, first -> ConcurrentHashMap.newKeySet());
        return !kinds.contains(kind) && kinds.size() < MOST && kinds.add(kind);
    }
}
