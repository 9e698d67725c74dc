package org.socketproxy.policy.scope;

import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.policy.build.BuildRules.ImageLabels;
import org.socketproxy.policy.create.ImageRules;

/**
 * The objects of a profile: the setting {@code TARGETS}. Objects of a kind without a selector do not belong to the profile.
 * Equality is identity: a reload drops caches that a scope is the key of.
 *
 * <p>Threading: immutable.
 */
public final class Scope {
    /** Selects all objects, and gives new ones no label. */
    static final Scope ALL = new Scope(List.of(), all());

    private final List<String> texts;
    private final Map<ObjectKind, ScopeSelector> selectors;
    /** The scopes of the other profiles in force. */
    private final List<Scope> others;

    /** @param texts the elements of {@code TARGETS} as configured */
    public Scope(List<String> texts, Map<ObjectKind, ScopeSelector> selectors) {
        this(texts, selectors, List.of());
    }

    private Scope(List<String> texts, Map<ObjectKind, ScopeSelector> selectors, List<Scope> others) {
        this.texts = List.copyOf(texts);
        this.selectors = selectors.isEmpty() ? Map.of() : new EnumMap<>(selectors);
        this.others = List.copyOf(others);
    }

    private static Map<ObjectKind, ScopeSelector> all() {
        Map<ObjectKind, ScopeSelector> selectors = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            selectors.put(kind, new ScopeSelector(Map.of(), List.of(), new ImageRules(List.of())));
        }
        return selectors;
    }

    /**
     * Returns a scope of the same objects, in which a client creates no object of another profile.
     *
     * @param all the scopes of all profiles in force
     */
    public Scope amid(Collection<Scope> all) {
        return new Scope(
                texts, selectors, all.stream().filter(each -> each != this).toList());
    }

    private Stream<ScopeSelector> others(ObjectKind kind) {
        return others.stream().map(each -> each.selectors.get(kind)).filter(Objects::nonNull);
    }

    /** Returns the keys of the labels by which other profiles select objects of a kind. */
    Set<String> reservedKeys(ObjectKind kind) {
        Set<String> keys = new TreeSet<>();
        others(kind).forEach(selector -> keys.addAll(selector.labels().keySet()));
        return keys;
    }

    /** Returns true if another profile would select a new object without a name by its labels. */
    boolean isAnyLabelReserved(ObjectKind kind) {
        return others(kind).anyMatch(ScopeSelector::isByLabelsOnly);
    }

    /** Returns true if another profile selects objects of a kind by a label with this value. */
    boolean isReserved(ObjectKind kind, String key, String value) {
        return others(kind).anyMatch(selector -> value.equals(selector.labels().get(key)));
    }

    /**
     * Returns true if another profile would select a new object of this profile by its name. A profile that selects names itself
     * may give these names.
     */
    boolean isNameReserved(ObjectKind kind, String name) {
        ScopeSelector own = selectors.get(kind);
        return (own == null || own.names().isEmpty())
                && others(kind)
                        .anyMatch(selector -> !selector.names().isEmpty()
                                && selector.isName(name)
                                && forcedLabels(kind)
                                        .entrySet()
                                        .containsAll(selector.labels().entrySet()));
    }

    /**
     * Returns true if another profile can have containers on a network of this profile: another profile selects it too, or only
     * its exact name makes it a network of this profile, which can be a network of the administrator.
     */
    public boolean isShared(ObjectIdentity network) {
        ScopeSelector own = selectors.get(ObjectKind.NETWORK);
        return own == null
                || (own.labels().isEmpty() && network.names().stream().noneMatch(own::isNameOfPattern))
                || others.stream().anyMatch(each -> each.isOwn(network));
    }

    /** Returns true if both have the same elements of {@code TARGETS}; null is no scope. */
    public static boolean areAlike(@Nullable Scope one, @Nullable Scope other) {
        return one == null || other == null
                ? one == other
                : Set.copyOf(one.texts).equals(Set.copyOf(other.texts));
    }

    /** Returns the members of an element that remain if it is too large: the members and labels by which the scope selects. */
    Set<String> head() {
        Set<String> head = new HashSet<>(ElementEditor.HEAD);
        selectors.values().forEach(selector -> head.addAll(selector.labels().keySet()));
        return head;
    }

    public List<String> texts() {
        return texts;
    }

    /** Returns true if the object belongs to the profile. */
    public boolean isOwn(ObjectIdentity object) {
        ScopeSelector selector = selectors.get(object.kind());
        return selector != null && selector.selects(object);
    }

    /** Returns the condition on objects of a kind, or null if none of them belongs to the profile. */
    public @Nullable ScopeSelector selector(ObjectKind kind) {
        return selectors.get(kind);
    }

    /** Returns true if a pattern of {@code TARGETS} selects the image reference, such as {@code nginx:1}. */
    boolean hasReference(String reference) {
        ScopeSelector images = selectors.get(ObjectKind.IMAGE);
        return images != null
                && images.references().isLimited()
                && images.references().allows(reference);
    }

    /** Returns true if the labels of an object of this kind decide alone whether it belongs to the profile. */
    public boolean isByLabelsOnly(ObjectKind kind) {
        ScopeSelector selector = selectors.get(kind);
        return selector != null && selector.isByLabelsOnly();
    }

    /** Returns the labels that an object of this kind gets when the profile creates it. */
    public Map<String, String> forcedLabels(ObjectKind kind) {
        ScopeSelector selector = selectors.get(kind);
        return selector == null ? Map.of() : selector.labels();
    }

    /** Returns the labels of images that the profile builds. */
    public ImageLabels imageLabels() {
        return new ForcedLabels(this, ObjectKind.IMAGE).ofBuild();
    }
}
