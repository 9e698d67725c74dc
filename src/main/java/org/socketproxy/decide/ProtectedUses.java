package org.socketproxy.decide;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.policy.scope.ContainerList;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Scope;
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

    private final Inquiry inquiry;
    private final Scope scope;
    private final List<SelfRule> rules;

    ProtectedUses(Inquiry inquiry, ObjectRule rule) {
        this.inquiry = inquiry;
        this.scope = rule.scope();
        this.rules = SelfRule.of(inquiry.trial().operation()).stream()
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
        Trial trial = inquiry.trial();
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
        List<ListedContainer> found = Objects.requireNonNull(
                inquiry.list(ContainerList.of(scope), ObjectKind.CONTAINER.noun(), error -> false));
        List<ProxyContainer> containers =
                found.stream().map(ListedContainer::container).toList();
        return new ProtectedSubject(null, containers, Set.of(), ClientNetworks.NONE, Set.of(), name -> false);
    }
}
