package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Map;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;

/**
 * Condition on objects of one kind. An object has all the labels with exactly these values and, if names or references are
 * given, one name that matches.
 *
 * @param labels required labels
 * @param names patterns of names; without one, every name matches
 * @param references patterns of image references; without one, every image matches
 */
public record ScopeSelector(Map<String, String> labels, List<Glob> names, ImageRules references) {
    public ScopeSelector {
        labels = Map.copyOf(labels);
        names = List.copyOf(names);
    }

    boolean selects(ObjectIdentity object) {
        return object.labels().entrySet().containsAll(labels.entrySet())
                && (names.isEmpty() || object.names().stream().anyMatch(this::isName))
                && (!references.isLimited() || object.names().stream().anyMatch(references::allows));
    }

    /** Returns true if an object with this name can belong to the profile. */
    public boolean isName(String name) {
        return names.isEmpty() || names.stream().anyMatch(glob -> glob.matches(name));
    }

    /** Returns true if a pattern with a wildcard selects the name. */
    boolean isNameOfPattern(String name) {
        return names.stream().anyMatch(glob -> glob.hasWildcard() && glob.matches(name));
    }

    /** Returns true if the labels alone decide, so that the daemon can filter lists. */
    public boolean isByLabelsOnly() {
        return names.isEmpty() && !references.isLimited();
    }
}
