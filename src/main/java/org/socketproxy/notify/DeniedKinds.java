package org.socketproxy.notify;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.policy.Reason;
import org.socketproxy.usage.Usage;

/**
 * The kinds of denials that the administrator knows, an operation and a reason in a profile, and those that each client has caused.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: bounded for each client and each profile. A kind is known after its message was sent, so that a client with many
 * kinds does not hide one of another client.
 */
final class DeniedKinds {
    /** Most kinds that the clients of a profile cause. */
    static final int MOST = 400;
    /** Most kinds that one client causes. */
    static final int MOST_OF_CLIENT = 100;

    private final Map<String, OfProfile> profiles = new ConcurrentHashMap<>();

    private record OfProfile(Set<String> sent, Map<String, Set<String>> caused, AtomicInteger count) {
        OfProfile() {
            this(ConcurrentHashMap.newKeySet(), new ConcurrentHashMap<>(), new AtomicInteger());
        }

        boolean isNew(String client, String kind) {
            if (sent.contains(kind) || count.get() >= MOST) {
                return false;
            }
            Set<String> kinds = caused.computeIfAbsent(client, first -> ConcurrentHashMap.newKeySet());
            boolean isNew = !kinds.contains(kind) && kinds.size() < MOST_OF_CLIENT && kinds.add(kind);
            if (isNew) {
                count.incrementAndGet();
            }
            return isNew;
        }
    }

    /** Adds the kinds that a ledger has from before the start. */
    void add(String profile, Usage usage) {
        usage.clients().stream()
                .flatMap(client -> client.operations().stream())
                .filter(use -> use.denied() > 0)
                .forEach(use -> sent(profile, use.operation() + " " + Reason.VARIABLE_MISSING.code()));
    }

    static String kind(BeginRecord denied) {
        return denied.operation() + " " + denied.reason();
    }

    /** Returns true once for each kind of a client that the administrator does not know. */
    boolean isNew(String profile, String client, String kind) {
        return of(profile).isNew(client, kind);
    }

    /** Adds a kind that the administrator knows from now on. */
    void sent(String profile, String kind) {
        of(profile).sent.add(kind);
    }

    private OfProfile of(String profile) {
        return profiles.computeIfAbsent(profile, first -> new OfProfile());
    }
}
