package org.socketproxy.policy.create;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One field of a body: a row of {@code create-fields.tsv}, with the rows below it.
 *
 * <p>Threading: immutable after {@link FieldTable} has read the table.
 */
final class Field {
    private final FieldType type;
    private final FieldRule rule;
    private final Map<String, Field> members = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, String> spellings = new HashMap<>();
    private @Nullable Field each;

    Field(FieldType type, FieldRule rule) {
        this.type = type;
        this.rule = rule;
    }

    FieldType type() {
        return type;
    }

    FieldRule rule() {
        return rule;
    }

    /** Returns the field of a member with exactly this name, or null. */
    @Nullable
    Field member(String name) {
        return members.get(name);
    }

    /** Returns true for a member that the proxy removes from the body. */
    boolean isRemoved(String name) {
        Field member = members.get(name);
        return member != null && member.rule == FieldRule.REMOVED;
    }

    /** Returns the name for which real clients also send this name, or null. */
    @Nullable
    String canonical(String name) {
        return aliases.get(name);
    }

    /** Returns the API's spelling of a name that is equal to it only after folding, or null for an unknown name. */
    @Nullable
    String spelling(String name) {
        return spellings.isEmpty() ? null : spellings.get(NameFolding.fold(name));
    }

    /** Returns the field of each element of an array, or of each value of a map; null if these are not judged. */
    @Nullable
    Field each() {
        return each;
    }

    /** Adds a member. Its spelling becomes the API's unless another one exists. */
    void add(String name, Field member) {
        if (members.put(name, member) != null) {
            throw new IllegalArgumentException("the field comes twice");
        }
        spellings.putIfAbsent(NameFolding.fold(name), name);
    }

    void addAlias(String name, String canonical) {
        Field member = members.get(canonical);
        if (member == null) {
            throw new IllegalArgumentException("there is no field " + canonical + " above this alias");
        }
        add(name, member);
        aliases.put(name, canonical);
    }

    void setEach(Field field) {
        each = field;
    }
}
