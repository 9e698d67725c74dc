package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.Set;

/** Decides on each element of a response. */
@FunctionalInterface
public interface ElementEditor {
    /** Members of the head of an element: ids, names, labels and short facts of an object or event. */
    Set<String> HEAD = Set.of(
            "Id",
            "ID",
            "id",
            "Name",
            "Names",
            "name",
            "RepoTags",
            "RepoDigests",
            "Created",
            "State",
            "Status",
            "status",
            "Driver",
            "Scope",
            "scope",
            "Spec",
            "Labels",
            "labels",
            "ServiceID",
            "Type",
            "Action",
            "Actor",
            "Attributes",
            "from",
            "time",
            "timeNano",
            "image",
            "network",
            "container",
            "type",
            "podId");

    /** Returns the names of the members by which the editor decides on an element that is too large; without names it fails. */
    default Set<String> head() {
        return Set.of();
    }

    /** Returns the editor with the names of a head. */
    static ElementEditor withHead(Set<String> names, ElementEditor editor) {
        return new ElementEditor() {
            @Override
            public Edit edit(String list, ByteBuffer element) throws ElementException {
                return editor.edit(list, element);
            }

            @Override
            public Set<String> head() {
                return names;
            }
        };
    }

    /**
     * Keeps, replaces or drops an element.
     *
     * @param list name of the array with the element; empty if it is no member
     * @param element with a backing array; valid until the method returns
     * @throws ElementException if the element cannot be judged
     */
    Edit edit(String list, ByteBuffer element) throws ElementException;

    sealed interface Edit {
        /** Passes the element byte for byte. */
        Edit KEEP = new Keep();

        /** Removes the element and the separator before it. */
        Edit DROP = new Drop();
    }

    record Keep() implements Edit {}

    record Drop() implements Edit {}

    record Replace(ByteBuffer bytes) implements Edit {}
}
