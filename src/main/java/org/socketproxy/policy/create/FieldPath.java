package org.socketproxy.policy.create;

import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonPointers;

/**
 * Place of a value in a body. Its text is made only for a violation.
 *
 * @param parent null for the root
 * @param name name of the member, or null for an element of an array
 * @param index index of the element
 */
record FieldPath(@Nullable FieldPath parent, @Nullable String name, int index) {
    static final FieldPath ROOT = new FieldPath(null, null, 0);

    FieldPath member(String member) {
        return new FieldPath(this, member, 0);
    }

    FieldPath element(int element) {
        return new FieldPath(this, null, element);
    }

    /** Returns the place as Docker's manuals write it, such as {@code HostConfig.Mounts[0].Source}. */
    String dotted() {
        if (parent == null) {
            return "";
        }
        String before = parent.dotted();
        return name == null
                ? before + "[" + index + "]"
                : (before.isEmpty() ? "" : before + ".") + JsonPointers.printable(name);
    }

    /** Returns the JSON pointer (RFC 6901), such as {@code /HostConfig/Mounts/0/Source}. */
    String pointer() {
        if (parent == null) {
            return "";
        }
        return parent.pointer() + "/" + (name == null ? String.valueOf(index) : JsonPointers.escape(name));
    }
}
