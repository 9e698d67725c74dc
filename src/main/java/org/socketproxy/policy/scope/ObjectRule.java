package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * A condition on the objects that a request names.
 *
 * @param scope the objects that it selects
 */
public record ObjectRule(Kind kind, Scope scope) {
    private static final Predicate<String> OF_LABELS =
            Pattern.compile("images:(?:label|project):.*").asMatchPredicate();
    /** An administrator may paste the name. */
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9._:/-]{1,128}");

    private static final String DANGER =
            "images are then selected by name, and clients pull, replace and remove any version of this one";

    /** The setting with the condition. */
    public enum Kind {
        /** The objects that clients of the profile see; for them, other objects do not exist. */
        TARGETS("TARGETS", "targets"),
        /** The objects that clients of the profile change, enter and remove. */
        WRITE_TARGETS("WRITE_TARGETS", "write-targets"),
        /** The objects on which clients of the profile may use an operation. */
        OPERATION("the selector of this operation", "allow"),
        /** The objects that no client changes, enters or removes. */
        PROTECT("PROTECT", "");

        private final String word;
        private final String key;

        Kind(String word, String key) {
            this.word = word;
            this.key = key;
        }

        /** Returns the key of the policy file; empty without one. */
        public String key() {
            return key;
        }
    }

    public static ObjectRule ofTargets(Scope scope) {
        return new ObjectRule(Kind.TARGETS, scope);
    }

    /** Returns true if an object that is not allowed is answered like a missing one. */
    public boolean isHiding() {
        return kind == Kind.TARGETS;
    }

    /** Returns true if the selected objects are denied, and not the others. */
    public boolean isProtecting() {
        return kind == Kind.PROTECT;
    }

    /** Returns the scope of created objects: they get its labels, and need a name that it selects. */
    public Scope ofCreated() {
        return isProtecting() ? Scope.ALL : scope;
    }

    /** Returns a sentence about the names that {@code TARGETS} selects, for this rule. */
    public String worded(String sentence) {
        return sentence.replace(Kind.TARGETS.word, kind.word);
    }

    /**
     * Returns the elements that would select images of these names; empty if the rule has none, or selects images by labels, which
     * an element cannot add to.
     *
     * @param images names in a request, some of which the rule may select
     */
    public List<Remedy> remedies(List<String> images) {
        boolean isByElements = kind == Kind.TARGETS || kind == Kind.WRITE_TARGETS;
        if (!isByElements || scope.texts().stream().anyMatch(OF_LABELS)) {
            return List.of();
        }
        List<Remedy> remedies = new ArrayList<>();
        for (String each : images) {
            String name = ImageName.parse(each).map(ImageName::name).orElse("");
            if (!scope.hasReference(each)) {
                if (!PLAIN.matcher(name).matches()) {
                    return List.of();
                }
                remedies.add(new Remedy(kind.word, "images:reference:" + name, DANGER));
            }
        }
        return remedies.stream().distinct().toList();
    }

    /** Returns what the rule denies, after the name of an object. */
    public String summary() {
        return (isProtecting() ? "denied if PROTECT selects it (" : "denied unless " + kind.word + " selects it (")
                + String.join(",", scope.texts()) + ")";
    }

    /** Returns true if the rule allows the object that the daemon has described. */
    public boolean allows(ObjectRef named, Operation operation, InspectedObject object) {
        return isProtecting()
                ? named.isDescribedBy(object) && !scope.isOwn(object.object())
                : named.isOwn(scope, operation, object);
    }

    /** Returns why the rule denies an object, as the end of a sentence; null if it allows it, or the client must not know of it. */
    public @Nullable String fault(ObjectRef named, Operation operation, InspectedObject object) {
        boolean isDenied = isProtecting()
                ? scope.isOwn(object.object())
                : !isHiding() && named.isDescribedBy(object) && !named.isOwn(scope, operation, object);
        return isDenied ? fault(object.object()) : null;
    }

    /** Returns why the rule denies a service with containers that have these labels, as the end of a sentence, or null. */
    public @Nullable String faultOfTasks(Map<String, String> labels) {
        return isProtecting() && scope.isOwn(new ObjectIdentity(ObjectKind.CONTAINER, "", List.of(), labels))
                ? "it acts on a service with containers that PROTECT selects"
                : null;
    }

    private String fault(ObjectIdentity object) {
        String noun = object.kind().noun();
        if (isProtecting()) {
            return "it acts on " + (object.kind() == ObjectKind.IMAGE ? "an " : "a ") + noun + " that PROTECT selects";
        }
        ScopeSelector selector = scope.selector(object.kind());
        if (selector == null) {
            return kind.word + " selects no " + object.kind().word();
        }
        for (Map.Entry<String, String> label : new TreeMap<>(selector.labels()).entrySet()) {
            if (!label.getValue().equals(object.labels().get(label.getKey()))) {
                return "the " + noun + " has no label " + label.getKey() + "=" + label.getValue() + ", which "
                        + kind.word + " requires";
            }
        }
        return "the " + noun + " has no name that " + kind.word + " selects";
    }
}
