package org.socketproxy.policy.target;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a profile is confined to: the setting {@code TARGETS}. An object of a kind without a selector does not
 * belong to the profile.
 *
 * <p>Two rules are equal only if they are the same object, so that what is remembered for a profile ends with a reload.
 *
 * <p>Threading: immutable.
 */
public final class TargetRules {
    private final List<String> texts;
    private final Map<ObjectKind, TargetSelector> selectors;
    private final Set<String> reserved;

    /** @param texts the elements of {@code TARGETS} as configured */
    public TargetRules(List<String> texts, Map<ObjectKind, TargetSelector> selectors) {
        this(texts, selectors, Set.of());
    }

    private TargetRules(List<String> texts, Map<ObjectKind, TargetSelector> selectors, Set<String> reserved) {
        this.texts = List.copyOf(texts);
        this.selectors = selectors.isEmpty() ? Map.of() : new EnumMap<>(selectors);
        Set<String> keys = new HashSet<>(reserved);
        selectors.values().forEach(selector -> keys.addAll(selector.labels().keySet()));
        this.reserved = Set.copyOf(keys);
    }

    /** Returns rules for the same objects, which also reserve the labels by which other profiles select. */
    public TargetRules reserving(Set<String> keys) {
        return new TargetRules(texts, selectors, keys);
    }

    /** Returns the keys of the labels that a client may not choose, because they select the objects of a profile. */
    public Set<String> reserved() {
        return reserved;
    }

    /** Returns the elements of {@code TARGETS} as configured. */
    public List<String> texts() {
        return texts;
    }

    /** Returns true if the object belongs to the profile. */
    public boolean isOwn(TargetObject object) {
        TargetSelector selector = selectors.get(object.kind());
        return selector != null && selector.selects(object);
    }

    /** Returns the condition on objects of a kind, or null if none of them belongs to the profile. */
    public @Nullable TargetSelector selector(ObjectKind kind) {
        return selectors.get(kind);
    }

    /** Returns true if the labels of an object of this kind decide alone whether it belongs to the profile. */
    public boolean isByLabelsOnly(ObjectKind kind) {
        TargetSelector selector = selectors.get(kind);
        return selector != null && selector.isByLabelsOnly();
    }

    /** Returns the labels that an object of this kind gets when the profile creates it. */
    public Map<String, String> forcedLabels(ObjectKind kind) {
        TargetSelector selector = selectors.get(kind);
        return selector == null ? Map.of() : selector.labels();
    }
}
