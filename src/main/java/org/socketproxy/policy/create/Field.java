package org.socketproxy.policy.create;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * One field of a body: a row of {@code create-fields.tsv}, with the rows below it.
 *
 * <p>Threading: immutable after {@link FieldTable} has read the table.
 */
final class Field {
    private final Type type;
    private final Rule rule;
    private final Map<String, Field> members = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, String> spellings = new HashMap<>();
    private @Nullable Field each;

    /** Rule for the value of a field. */
    interface Rule {
        /** An object: each member has its row. */
        Rule FIELDS = value -> {};

        /** Allows every value with everything below it, because the daemon ignores the field. */
        Rule IGNORED = value -> {};

        /** Allows every value of a field that the proxy removes from the body. */
        Rule REMOVED = value -> {};

        /**
         * Reports a value that the rule does not allow.
         *
         * @param value of the field's type, and not null
         */
        void check(BodyValue value);
    }

    /** Form of the value. */
    enum Type {
        STRING("string", JsonString.class),
        INTEGER("integer", JsonNumber.class),
        NUMBER("number", JsonNumber.class),
        BOOLEAN("boolean", JsonLiteral.class),
        ARRAY("array", JsonArray.class),
        /** The daemon reads a string as an array with one element. */
        STRING_OR_ARRAY("string|array", JsonString.class, JsonArray.class),
        /** An object with names of the API; the daemon folds the case of the names. */
        OBJECT("object", JsonObject.class),
        /** An object with names that the client chooses; the daemon does not fold them. */
        MAP("map", JsonObject.class),
        /** Any value; its content is not judged. */
        ANY("any", JsonValue.class);

        private final String word;

        @SuppressWarnings("ImmutableEnumChecker") // an unmodifiable list
        private final List<Class<? extends JsonValue>> forms;

        @SafeVarargs
        @SuppressWarnings("varargs")
        Type(String word, Class<? extends JsonValue>... forms) {
            this.word = word;
            this.forms = List.of(forms);
        }

        /** @param value not null of JSON */
        boolean matches(JsonValue value) {
            for (Class<? extends JsonValue> form : forms) {
                if (form.isInstance(value)) {
                    return true;
                }
            }
            return false;
        }

        /** @throws IllegalArgumentException if the table has an unknown type */
        static Type of(String word) {
            return Arrays.stream(values())
                    .filter(type -> type.word.equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("unknown type " + word));
        }

        @Override
        public String toString() {
            return word;
        }
    }

    Field(Type type, Rule rule) {
        this.type = type;
        this.rule = rule;
    }

    Type type() {
        return type;
    }

    Rule rule() {
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
        return member != null && member.rule == Rule.REMOVED;
    }

    /** Returns the name for which real clients also send this name, or null. */
    @Nullable
    String canonical(String name) {
        return aliases.get(name);
    }

    /** Returns the API's spelling of a name that is equal to it only after folding, or null for an unknown name. */
    @Nullable
    String spelling(String name) {
        return spellings.isEmpty() ? null : spellings.get(fold(name));
    }

    /**
     * Folds a name like Go's {@code encoding/json}, which finds a field under every spelling that differs only in case: ASCII
     * letters, the long s and the Kelvin sign. Dotted and dotless i fold too, because other decoders of Go lower-case them.
     */
    private static String fold(String name) {
        return name.replace('\u017f', 's')
                .replace('\u212a', 'k')
                .replace('\u0130', 'i')
                .replace('\u0131', 'i')
                .toLowerCase(Locale.ROOT);
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
        spellings.putIfAbsent(fold(name), name);
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
