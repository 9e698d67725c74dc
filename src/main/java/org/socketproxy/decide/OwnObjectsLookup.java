package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ElementTransform;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectIndex;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.policy.scope.ScopedEvents;
import org.socketproxy.policy.scope.ScopedResponses;

/**
 * Lists the profile's objects of some kinds, one list after the other, then sets the transform of the response.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answers of the daemon.
 */
final class OwnObjectsLookup {
    /** Kinds of a swarm: a daemon that does not manage one answers with an error, and has none of them. */
    private static final Set<ObjectKind> OF_SWARM =
            EnumSet.of(ObjectKind.SERVICE, ObjectKind.SECRET, ObjectKind.CONFIG);

    private static final String SERVICE = "service";

    private final Inquiry question;
    private final Exchange exchange;
    private final Scope rules;
    private final Queue<ObjectKind> kinds;
    private final DaemonObjects objects;
    private final ObjectIndex own = new ObjectIndex();
    private final ObjectIndex foreign = new ObjectIndex();

    OwnObjectsLookup(Inquiry question, Scope rules, Collection<ObjectKind> kinds, DaemonObjects objects) {
        this.question = question;
        this.exchange = question.exchange();
        this.rules = rules;
        this.kinds = new ArrayDeque<>(kinds);
        this.objects = objects;
    }

    /** Asks for the next list, or passes the request on after the last one. */
    void next() {
        kinds.removeIf(kind -> rules.selector(kind) == null); // has no own objects
        ObjectKind kind = kinds.poll();
        if (kind == null) {
            passOn();
            return;
        }
        ScopeQuery list = new ScopeQuery(rules, kind);
        question.ask(list.target(), kind.noun(), found -> add(kind, found.objects(list)), (status, body) -> {
            boolean isWithoutSwarm = OF_SWARM.contains(kind);
            if (isWithoutSwarm) {
                next();
            }
            return isWithoutSwarm;
        });
    }

    private void add(ObjectKind kind, Optional<List<ObjectIdentity>> found) {
        if (found.isPresent()) {
            found.get().forEach(own::add);
            next();
        } else {
            question.deny(
                    kind.noun() + "-lookup",
                    new ErrorReply(502, "the daemon's list of " + kind.word() + " cannot be read"));
        }
    }

    private void passOn() {
        if (OperationRules.verb(exchange.operation()) == Verb.LIST_TASKS) {
            passOnTasks();
            return;
        }
        JsonElements members = ScopedResponses.members(rules, exchange.operation(), own);
        exchange.show(members == null ? events() : new ElementTransform(members));
        question.passOn(exchange.target());
    }

    private ResponseTransform events() {
        return new EventTransform(
                new ScopedEvents(rules, own), this::inspect, () -> own.heldBytes() + foreign.heldBytes());
    }

    /** Labels of a network never change, so that a network of another profile is inspected once. */
    private CompletableFuture<?> inspect(ScopedEvents.Unknown unknown) {
        if (foreign.has(unknown.kind(), unknown.id())) {
            return CompletableFuture.completedFuture(null);
        }
        Subject subject = Subject.valueOf(unknown.kind().name());
        return objects.inspector()
                .inspect(ObjectRef.question(subject, unknown.id()), exchange.clientSide())
                .thenAccept(found -> record(unknown, found.object(subject)));
    }

    private void record(ScopedEvents.Unknown unknown, Optional<InspectedObject> found) {
        if (found.isEmpty() || !found.get().id().equals(unknown.id())) {
            own.remove(unknown.kind(), unknown.id());
            return;
        }
        ObjectIdentity object = found.get().object();
        if (rules.isOwn(object)) {
            own.add(object);
            return;
        }
        own.remove(unknown.kind(), unknown.id());
        if (unknown.kind() == ObjectKind.NETWORK) {
            foreign.add(object);
        }
    }

    /** The services in the filters of the client are own ones, by their ids. */
    private void passOnTasks() {
        RequestTarget target = exchange.target();
        try {
            ListFilters filters = ListFilters.of(target);
            for (String service : Set.copyOf(filters.values(SERVICE))) {
                Optional<String> id = own.find(ObjectKind.SERVICE, service);
                if (id.isEmpty()) {
                    question.deny(MissingObject.of(
                            exchange.operation(), ObjectRef.ofBody(Subject.SERVICE, service, false), target));
                    return;
                }
                filters = filters.without(SERVICE, service).with(SERVICE, id.get());
            }
            exchange.show(new ElementTransform(ScopedResponses.tasks(own)));
            question.passOn(filters.in(target));
        } catch (BadTargetException impossible) { // the permission filter has read them
            throw new IllegalStateException(impossible);
        }
    }
}
