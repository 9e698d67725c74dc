package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;

/**
 * Keeps the elements of a list that belong to a profile, at most as many as the client asked for.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
final class ScopedList implements ElementEditor {
    private final ObjectKind kind;
    private final Scope rules;
    private final ElementEditor editor;
    private int left;

    /** @param most number of elements after which the others are removed */
    ScopedList(ObjectKind kind, Scope rules, int most) {
        this(kind, rules, most, namesEditor(rules.selector(kind)));
    }

    /** @param editor edits the elements that are kept */
    ScopedList(ObjectKind kind, Scope rules, int most, ElementEditor editor) {
        this.kind = kind;
        this.rules = rules;
        this.left = most;
        this.editor = editor;
    }

    private static ElementEditor namesEditor(@Nullable ScopeSelector selector) {
        return selector != null && selector.references().isLimited()
                ? new ImageNames(selector.references(), true)
                : (list, element) -> Edit.KEEP;
    }

    @Override
    public Set<String> head() {
        return rules.head();
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        ObjectIdentity object = ObjectReader.read(kind, element);
        if (left == 0 || !rules.isOwn(object)) {
            return Edit.DROP;
        }
        left--;
        return editor.edit(list, element);
    }
}
