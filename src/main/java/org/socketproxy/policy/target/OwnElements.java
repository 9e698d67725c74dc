package org.socketproxy.policy.target;

import java.nio.ByteBuffer;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;

/**
 * Keeps the elements of a list that belong to a profile, at most as many as the client asked for.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
final class OwnElements implements ElementEditor {
    private final ObjectKind kind;
    private final TargetRules rules;
    private int left;

    /** @param most number of elements after which the others are removed */
    OwnElements(ObjectKind kind, TargetRules rules, int most) {
        this.kind = kind;
        this.rules = rules;
        this.left = most;
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        TargetObject object = ObjectReader.read(kind, element);
        if (left == 0 || !rules.isOwn(object)) {
            return Edit.DROP;
        }
        left--;
        TargetSelector selector = rules.selector(kind);
        return selector != null && selector.references().isLimited()
                ? new ImageNames(selector.references()).edit(list, element)
                : Edit.KEEP;
    }
}
