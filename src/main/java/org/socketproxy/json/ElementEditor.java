package org.socketproxy.json;

import java.nio.ByteBuffer;
import java.util.Set;

/** Decides on each element of a response. */
@FunctionalInterface
public interface ElementEditor {
    /** Members of the head of an element: ids, names, labels and some short facts of an object or event. */
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

    /**
     * Returns the names of the members that remain of an element which is too large: the editor decides on an element with these
     * members only. Without names such an element ends the response.
     */
    default Set<String> head() {
        return Set.of();
    }

    /** Returns the editor with these names of the members of a head. */
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
     * @param list name of the array that has the element; empty if the array is no member
     * @param element the bytes of the element, with a backing array; valid until the method returns
     * @throws ElementException if the element cannot be judged
     */
    Edit edit(String list, ByteBuffer element) throws ElementException;

    sealed interface Edit {
        /** The element passes byte for byte. */
        Edit KEEP = new Keep();

        /** The element is removed, and the separator before it. */
        Edit DROP = new Drop();
    }

    /** Decision to pass an element byte for byte. */
    record Keep() implements Edit {}

    /** Decision to remove an element. */
    record Drop() implements Edit {}

    /** Decision to pass other bytes in place of an element. */
    record Replace(ByteBuffer bytes) implements Edit {}
}
