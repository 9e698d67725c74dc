package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.Set;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;

/**
 * Keeps the elements of a list that belong to a profile, at most as many as the client asked for.
 *
 * <p>Threading: one thread at a time; used for one response.
 */
final class ScopedList implements ElementEditor {
    /** Changes no element. */
    static final ElementEditor UNCHANGED = (list, element) -> Edit.KEEP;

    private final ObjectKind kind;
    private final Scope scope;
    private final ElementEditor editor;
    private int left;

    /**
     * @param most number of elements after which all further ones are removed
     * @param editor edits the elements that are kept
     */
    ScopedList(ObjectKind kind, Scope scope, int most, ElementEditor editor) {
        this.kind = kind;
        this.scope = scope;
        this.left = most;
        this.editor = editor;
    }

    @Override
    public Set<String> head() {
        return scope.head();
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        ObjectIdentity object = ObjectReader.read(kind, element);
        if (left == 0 || !scope.isOwn(object)) {
            return Edit.DROP;
        }
        left--;
        return editor.edit(list, element);
    }
}
