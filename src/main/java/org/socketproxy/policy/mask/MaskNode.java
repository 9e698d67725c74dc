package org.socketproxy.policy.mask;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tree of the paths below one value.
 *
 * <p>Threading: not changed after it was built.
 */
final class MaskNode {
    private final Map<String, MaskNode> members = new HashMap<>();
    private @Nullable MaskNode each;
    private @Nullable MaskMethod method;

    void add(List<String> steps, MaskMethod how) {
        if (steps.isEmpty()) {
            method = how;
            return;
        }
        String step = steps.get(0);
        MaskNode next;
        if (step.equals("[]") || step.equals("*")) {
            if (each == null) {
                each = new MaskNode();
            }
            next = each;
        } else {
            next = members.computeIfAbsent(step, name -> new MaskNode());
        }
        next.add(steps.subList(1, steps.size()), how);
    }

    /** Returns how to mask this value with all that it contains, or null if only parts of it are masked. */
    @Nullable
    MaskMethod method() {
        return method;
    }

    /** Returns the node of a member, or null if nothing in it is masked. */
    @Nullable
    MaskNode member(String name) {
        return members.getOrDefault(name, each);
    }

    /** Returns the node of an element, or, if the paths have no array here, this node: its paths apply to each element. */
    MaskNode element() {
        return each == null ? this : each;
    }

    /** Returns how to mask a string in place of an array or map of strings, or null to let it pass. */
    @Nullable
    MaskMethod methodOfScalar() {
        return each == null ? null : each.method;
    }
}
