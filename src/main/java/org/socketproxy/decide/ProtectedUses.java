package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.Inquiry.EndOfRun;
import org.socketproxy.exchange.Trial;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.policy.self.ListedContainer;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProtectedSubject.ClientNetworks;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/** Finds out whether a request removes, or mounts, what the containers use that {@code PROTECT} selects. */
final class ProtectedUses {
    private static final Set<SelfRule.Kind> USED =
            Set.of(SelfRule.Kind.NETWORK, SelfRule.Kind.VOLUME, SelfRule.Kind.IMAGE);
    private static final SelfRule MOUNTED = new SelfRule(SelfRule.Kind.VOLUME, SelfRule.Place.BODY, "", false);

    private final Inquiry question;
    private final Scope scope;
    private final List<SelfRule> rules;

    ProtectedUses(Inquiry question, ObjectRule rule) {
        this.question = question;
        this.scope = rule.scope();
        this.rules = SelfRule.of(question.trial().operation()).stream()
                .filter(each -> USED.contains(each.object()))
                .toList();
    }

    /**
     * Returns why the request is denied, as the end of a sentence, or null.
     *
     * @param ids the ids of the objects that it names
     */
    @Nullable
    String ofTarget(List<String> ids) throws EndOfRun {
        if (rules.isEmpty() || scope.selector(ObjectKind.CONTAINER) == null) {
            return null;
        }
        Trial trial = question.trial();
        ProtectedSubject containers = containers();
        for (SelfRule rule : rules) {
            // An image may get a further name: the name that a repository gives it is the one that is judged.
            boolean isNamed = rule.place() != SelfRule.Place.REPOSITORY
                    && ids.stream().anyMatch(id -> rule.isProtected(containers, id));
            if (isNamed || rule.isBroken(containers, trial.operation(), trial.target(), false)) {
                return fault(rule);
            }
        }
        return null;
    }

    /** The same for the volumes of a body. */
    @Nullable
    String ofVolumes(List<String> names) throws EndOfRun {
        if (names.isEmpty() || scope.selector(ObjectKind.CONTAINER) == null) {
            return null;
        }
        ProtectedSubject containers = containers();
        return names.stream().anyMatch(name -> MOUNTED.isProtected(containers, name)) ? fault(MOUNTED) : null;
    }

    /** Returns true if one of these containers is protected. */
    boolean areAmong(Collection<String> ids) throws EndOfRun {
        return scope.selector(ObjectKind.CONTAINER) != null
                && containers().containers().stream().anyMatch(each -> ids.contains(each.id()));
    }

    private static String fault(SelfRule rule) {
        return "a container that PROTECT selects uses this "
                + ObjectKind.valueOf(rule.object().name()).noun();
    }

    private ProtectedSubject containers() throws EndOfRun {
        ProtectedContainers query = new ProtectedContainers(new ScopeQuery(scope, ObjectKind.CONTAINER));
        List<ProxyContainer> containers =
                Objects.requireNonNull(question.list(query, ObjectKind.CONTAINER.noun(), error -> false));
        return new ProtectedSubject(null, containers, Set.of(), ClientNetworks.NONE, Set.of(), name -> false);
    }

    /** The containers that a scope selects, with what they use. */
    private record ProtectedContainers(ScopeQuery query) implements ListQuery<List<ProxyContainer>> {
        @Override
        public String target() {
            return query.target();
        }

        @Override
        public ResponseReader<List<ProxyContainer>> reader() {
            Set<String> members = new HashSet<>(ListedContainer.MEMBERS);
            members.addAll(query.members());
            return new Reader(query, members);
        }
    }

    private static final class Reader extends ResponseReader<List<ProxyContainer>> {
        private final ScopeQuery query;
        private final List<ProxyContainer> containers = new ArrayList<>();

        Reader(ScopeQuery query, Set<String> members) {
            super(JsonElements.ARRAY, members);
            this.query = query;
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            if (query.own(element) == null) {
                return 0;
            }
            ProxyContainer container = ListedContainer.listed(element).container();
            containers.add(container);
            return element.remaining() + ProxyContainer.MEMORY_BYTES;
        }

        @Override
        protected List<ProxyContainer> result() {
            return containers;
        }
    }
}
