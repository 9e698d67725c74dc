package org.socketproxy.decide;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.policy.scope.InfoCounts;
import org.socketproxy.policy.scope.MissingObject;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectIndex;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.scope.ScopedResponses;

/**
 * With {@code TARGETS}, lists the profile's objects by which a response is filtered: the services of a list of tasks, the
 * containers of a network, the objects of events, and the numbers of objects in {@code /info}.
 *
 * <p>Security: without the answer all objects in the response count as objects of other profiles.
 */
final class ResponseScopeStep implements Step {
    /** Kinds of a swarm: a daemon that does not manage one answers with an error, and has none of them. */
    private static final Set<ObjectKind> OF_SWARM =
            EnumSet.of(ObjectKind.SERVICE, ObjectKind.SECRET, ObjectKind.CONFIG);

    private static final String SERVICE = "service";

    private final DaemonObjects objects;

    ResponseScopeStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Scope scope = Objects.requireNonNull(trial.profile().targets());
        if (ScopeRule.hasNumbers(trial.operation())) {
            InfoCounts counts = new InfoCounts(scope);
            return inquiry.judge(() -> count(inquiry, counts));
        }
        Set<ObjectKind> kinds = ScopedResponses.kinds(scope, trial.operation());
        ObjectIndex own = new ObjectIndex();
        return kinds.isEmpty() ? null : inquiry.judge(() -> show(inquiry, scope, kinds, own));
    }

    private static Verdict count(Inquiry inquiry, InfoCounts counts) throws EndOfRun {
        for (ScopeQuery list : counts.lists()) {
            counts.count(list, list(inquiry, list).size());
        }
        Trial trial = inquiry.trial();
        trial.show(new ElementTransform(counts.elements(trial.operation())));
        return inquiry.passed(trial.target());
    }

    /** @param own gets the profile's objects */
    private Verdict show(Inquiry inquiry, Scope scope, Collection<ObjectKind> kinds, ObjectIndex own) throws EndOfRun {
        for (ObjectKind kind : kinds) {
            if (scope.selector(kind) != null) { // has own objects
                list(inquiry, new ScopeQuery(scope, kind)).forEach(own::add);
            }
        }
        Trial trial = inquiry.trial();
        if (trial.operation().verb() == Verb.LIST_TASKS) {
            return tasks(inquiry, own);
        }
        JsonElements members = ScopedResponses.members(scope, trial.operation(), own);
        trial.show(
                members == null
                        ? new EventTransform(scope, own, objects.inspector(), trial.clientSide())
                        : new ElementTransform(members));
        return inquiry.passed(trial.target());
    }

    /** Returns no objects of a kind of a swarm if the daemon manages none. */
    private static List<ObjectIdentity> list(Inquiry inquiry, ScopeQuery list) throws EndOfRun {
        List<ObjectIdentity> found = inquiry.list(list, list.kind().noun(), error -> OF_SWARM.contains(list.kind()));
        return found == null ? List.of() : found;
    }

    /** The services in the filters of the client are own ones, by their ids. */
    private static Verdict tasks(Inquiry inquiry, ObjectIndex own) throws EndOfRun {
        Trial trial = inquiry.trial();
        RequestTarget target = trial.target();
        try {
            ListFilters filters = ListFilters.of(target);
            for (String service : Set.copyOf(filters.values(SERVICE))) {
                Optional<String> id = own.find(ObjectKind.SERVICE, service);
                if (id.isEmpty()) {
                    ObjectRef missing = ObjectRef.ofBody(Subject.SERVICE, service, false);
                    throw Inquiry.outside(MissingObject.of(trial.operation(), missing, target));
                }
                filters = filters.without(SERVICE, service).with(SERVICE, id.get());
            }
            trial.show(new ElementTransform(ScopedResponses.tasks(own)));
            return inquiry.passed(filters.in(target));
        } catch (BadTargetException impossible) { // the permission filter has read them
            throw new IllegalStateException(impossible);
        }
    }
}
