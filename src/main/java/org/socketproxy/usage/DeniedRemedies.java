package org.socketproxy.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.mask.Marker;

/**
 * Collects the settings that would have allowed the requests that {@code CREATE=safe} or the targets denied.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: bounded, because clients choose paths and names.
 */
final class DeniedRemedies {
    static final int MOST = 100;

    private final Set<Remedy> remedies = ConcurrentHashMap.newKeySet();

    void add(@Nullable Decision denial) {
        if (denial != null && !denial.alternatives().isEmpty()) {
            addAll(denial.alternatives().get(0).settings().stream()
                    .filter(setting -> !setting.danger().isEmpty() && isUsable(setting))
                    .toList());
            return;
        }
        List<Violation> violations = denial == null ? List.of() : denial.violations();
        if (!violations.isEmpty()) { // always empty without CREATE=safe
            addAll(violations.stream().map(Violation::remedy).toList());
        }
    }

    /** Adds the settings that allow a request together, or none of them. */
    void addAll(List<@Nullable Remedy> together) {
        if (remedies.size() + together.size() <= MOST && together.stream().allMatch(DeniedRemedies::isUsable)) {
            together.forEach(each -> remedies.add(Objects.requireNonNull(each)));
        }
    }

    /** Rejects a path that {@code MASK} has replaced. */
    private static boolean isUsable(@Nullable Remedy remedy) {
        return remedy != null && !remedy.value().contains(Marker.TEXT);
    }

    /** Returns the settings in a stable order, without settings that another one includes. */
    List<Remedy> snapshot() {
        List<Remedy> sorted = new ArrayList<>(remedies);
        sorted.removeIf(remedy -> remedies.stream().anyMatch(other -> includes(other, remedy)));
        sorted.sort(Comparator.comparing(Remedy::setting).thenComparing(Remedy::value));
        return sorted;
    }

    /** {@code /srv} includes {@code /srv:ro}, and {@code ports} includes {@code ports:80}. */
    private static boolean includes(Remedy wider, Remedy remedy) {
        return wider.setting().equals(remedy.setting()) && remedy.value().startsWith(wider.value() + ":");
    }
}
