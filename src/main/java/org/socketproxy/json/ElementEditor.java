package org.socketproxy.json;

import java.nio.ByteBuffer;

/** Decides on each element of a response. */
@FunctionalInterface
public interface ElementEditor {
    /**
     * Keeps, replaces or drops an element.
     *
     * @param list the name of the member whose array has the element, or empty if its array has no name
     * @param element the bytes of the element, with a backing array; valid until the method returns
     * @throws ElementException if the element cannot be judged
     */
    Edit edit(String list, ByteBuffer element) throws ElementException;

    /** Decision on an element. */
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
