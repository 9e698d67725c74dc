package org.socketproxy.inquiry;

import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpStatus;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;

/**
 * Counts the objects of a profile once: lists them, and inspects containers one after the other, because lists have no limits.
 *
 * <p>Threading: one thread after the other.
 */
final class ObjectCounter {
    /** More containers are not inspected, and the request is denied. */
    private static final int MOST_CONTAINERS = 2000;

    private final DaemonQuery daemon;
    private final Scope scope;
    private final Totals totals;
    private final Map<String, Resources> known;
    private final long inspectedNanos;
    private final Map<String, Resources> containers = new HashMap<>();
    private int networks;
    private Set<String> volumes = Set.of();

    /**
     * @param known limits of containers that need no inspect
     * @param inspectedNanos time of the oldest of them, or now without one
     */
    ObjectCounter(DaemonQuery daemon, Scope scope, Totals totals, Map<String, Resources> known, long inspectedNanos) {
        this.daemon = daemon;
        this.scope = scope;
        this.totals = totals;
        this.known = known;
        this.inspectedNanos = inspectedNanos;
    }

    /** Returns the count; fails if the daemon does not answer. */
    CompletableFuture<ObjectCount> count() {
        return list(ObjectKind.CONTAINER)
                .thenCompose(this::inspect)
                .thenCompose(any -> list(ObjectKind.NETWORK))
                .thenCompose(found -> {
                    networks = found.size();
                    return list(ObjectKind.VOLUME);
                })
                .thenApply(found -> {
                    volumes = found.stream().map(ObjectIdentity::id).collect(Collectors.toUnmodifiableSet());
                    return result();
                });
    }

    private ObjectCount result() {
        Resources sum = containers.values().stream().reduce(Resources.NONE, Resources::plus);
        return new ObjectCount(
                scope,
                totals.highest().keySet(),
                Map.copyOf(containers),
                sum,
                networks,
                volumes,
                inspectedNanos,
                inspectedNanos);
    }

    private CompletableFuture<List<ObjectIdentity>> list(ObjectKind kind) {
        if (!totals.has(kind)) {
            return CompletableFuture.completedFuture(List.of());
        }
        ScopeQuery list = new ScopeQuery(scope, kind);
        ResponseReader<List<ObjectIdentity>> reader = list.reader();
        return daemon.get(list.target(), null, reader).thenApply(answer -> {
            List<ObjectIdentity> found = answer.status() == HttpStatus.OK_200 ? reader.facts() : null;
            if (found == null) {
                throw failure("the daemon did not list the " + kind.word() + " of this profile", answer);
            }
            return found;
        });
    }

    private CompletableFuture<Void> inspect(List<ObjectIdentity> listed) {
        if (listed.size() > MOST_CONTAINERS) {
            return CompletableFuture.failedFuture(
                    new IOException("this profile has more than " + MOST_CONTAINERS + " containers"));
        }
        return inspect(listed.iterator());
    }

    private CompletableFuture<Void> inspect(Iterator<ObjectIdentity> rest) {
        while (rest.hasNext()) {
            String id = rest.next().id();
            Resources before = totals.hasResources() ? known.get(id) : Resources.NONE;
            if (before == null) {
                return daemon.get("/containers/" + id + "/json").thenCompose(answer -> {
                    add(id, answer);
                    return inspect(rest);
                });
            }
            containers.put(id, before);
        }
        return CompletableFuture.completedFuture(null);
    }

    /** A container that was removed meanwhile does not count. */
    private void add(String id, Answer answer) {
        if (answer.status() == HttpStatus.OK_200) {
            containers.put(id, Resources.ofInspect(answer.body()));
        } else if (answer.status() != HttpStatus.NOT_FOUND_404) {
            throw failure("the daemon did not describe a container of this profile", answer);
        }
    }

    private static CompletionException failure(String problem, Answer answer) {
        return new CompletionException(new IOException(problem + " (status " + answer.status() + ")"));
    }

    /** Returns the sentence about a failed count. */
    static String problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof IOException && cause.getMessage() != null
                ? cause.getMessage()
                : "the objects of this profile cannot be counted";
    }
}
