package org.socketproxy.lease;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.LeaseTemplate;
import org.socketproxy.config.LeaseTemplate.Askable;
import org.socketproxy.config.LeaseTemplate.Asking;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.HostPaths;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.ObjectRule;

/**
 * What a person can approve for one lease, and what was approved.
 *
 * <p>Threading: thread-safe.
 */
final class LeaseAppeals implements Appeals {
    private final Lease lease;
    private final LeaseTemplate template;
    private final Function<Collection<String>, Profile> profiles;
    private final Approvals approvals;
    /** Rules of approved requests by the container that they have created. */
    private final Map<String, CreateRules> created = new ConcurrentHashMap<>();

    private final Set<String> images = new LinkedHashSet<>();

    /** @param profiles makes the profile of the lease with further images, as elements of {@code TARGETS} */
    LeaseAppeals(
            Lease lease, LeaseTemplate template, Function<Collection<String>, Profile> profiles, Approvals approvals) {
        this.lease = lease;
        this.template = template;
        this.profiles = profiles;
        this.approvals = approvals;
    }

    Lease lease() {
        return lease;
    }

    Asking asking() {
        return template.asking();
    }

    @Override
    public @Nullable CompletableFuture<Answer> ask(Plea plea) {
        boolean isAsked = plea.parts().stream()
                .allMatch(part -> part.remedy() != null
                        && askable(plea, part.remedy())
                                .filter(asking().kinds()::contains)
                                .isPresent());
        return isAsked && lease.state().isUsable() ? approvals.ask(this, plea) : null;
    }

    private Optional<Askable> askable(Plea plea, Remedy remedy) {
        if (plea.operation().verb() == Verb.PULL) {
            boolean isOfLease = remedy.setting().equals(ObjectRule.Kind.TARGETS.name());
            return isOfLease ? Optional.of(Askable.IMAGES) : Optional.empty();
        }
        if (remedy.isOfPorts()) {
            return Optional.of(Askable.PORTS);
        }
        String path = remedy.isRoot() ? null : remedy.readPath();
        return path == null ? Optional.empty() : root(path).map(any -> Askable.READ_ONLY_BINDS);
    }

    private Optional<String> root(String path) {
        return template.projects().stream()
                .filter(root -> HostPaths.isAtOrBelow(path, root))
                .findFirst();
    }

    /**
     * Returns the profile by which an approved request is judged again. An image belongs to the lease until its end; ports and paths are
     * for this request, and for the container that it creates.
     */
    synchronized Profile approved(Plea plea) {
        if (plea.operation().verb() == Verb.PULL) {
            plea.parts().forEach(part -> images.add(remedy(part).value()));
            Profile wider = profiles.apply(Set.copyOf(images));
            lease.judgeBy(wider);
            return wider;
        }
        CreateRules rules = Objects.requireNonNull(plea.profile().create());
        for (Part part : plea.parts()) {
            Remedy remedy = remedy(part);
            String path = remedy.readPath();
            rules = path == null
                    ? rules.with(rules.permissions().opening(remedy))
                    : rules.with(rules.binds().with(new AllowedBind(root(path).orElseThrow(), true, true)));
        }
        return plea.profile().edit().create(rules).build();
    }

    private static Remedy remedy(Part part) {
        return Objects.requireNonNull(part.remedy());
    }

    /** Takes the container that an approved request has created. */
    void created(String container, CreateRules rules) {
        created.put(container, rules);
    }

    @Override
    public @Nullable CreateRules rulesOf(String container) {
        return created.get(container);
    }
}
