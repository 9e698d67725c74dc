package org.socketproxy.json;

import java.util.List;
import java.util.Map;

/**
 * A JSON value that {@link StrictJson} has read.
 *
 * <p>Threading: immutable.
 */
public sealed interface JsonValue {
    /**
     * Returns true if this is the JSON form of a zero value of Go: {@code null}, {@code ""}, {@code 0},
     * {@code false}, an empty object, an empty array, and an array that contains only zero numbers.
     */
    boolean isZero();

    /** Returns the kind of this value as JSON calls it, such as {@code an object}. */
    String kind();

    /**
     * An object.
     *
     * @param members by name, in the order of the text
     */
    record JsonObject(Map<String, JsonValue> members) implements JsonValue {
        /** The object without members. */
        public static final JsonObject EMPTY = new JsonObject(Map.of());

        /** Returns a member; {@code null} of JSON if it is absent. */
        public JsonValue get(String name) {
            return members.getOrDefault(name, JsonLiteral.NULL);
        }

        /** Returns the string of a member, empty if it is absent or no string. */
        public String text(String name) {
            return members.get(name) instanceof JsonString string ? string.text() : "";
        }

        /** Returns the objects of a member that is an array. */
        public List<JsonObject> elements(String name) {
            return members.get(name) instanceof JsonArray array
                    ? array.elements().stream()
                            .filter(JsonObject.class::isInstance)
                            .map(JsonObject.class::cast)
                            .toList()
                    : List.of();
        }

        /** Returns the strings of a member that is an array. */
        public List<String> texts(String name) {
            return members.get(name) instanceof JsonArray array
                    ? array.elements().stream()
                            .filter(JsonString.class::isInstance)
                            .map(element -> ((JsonString) element).text())
                            .toList()
                    : List.of();
        }

        /** Returns the object of a member, empty if it is absent or no object. */
        public JsonObject object(String name) {
            return members.get(name) instanceof JsonObject object ? object : EMPTY;
        }

        @Override
        public boolean isZero() {
            return members.isEmpty();
        }

        @Override
        public String kind() {
            return "an object";
        }
    }

    /** An array. */
    record JsonArray(List<JsonValue> elements) implements JsonValue {
        @Override
        public boolean isZero() {
            for (JsonValue element : elements) {
                if (!(element instanceof JsonNumber) || !element.isZero()) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String kind() {
            return "an array";
        }
    }

    /** A string, without its escapes. */
    record JsonString(String text) implements JsonValue {
        @Override
        public boolean isZero() {
            return text.isEmpty();
        }

        @Override
        public String kind() {
            return "a string";
        }
    }

    /**
     * A number.
     *
     * @param text as written, so that numbers of any size keep their value
     */
    record JsonNumber(String text) implements JsonValue {
        @Override
        public boolean isZero() {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == 'e' || c == 'E') {
                    return true;
                }
                if (c >= '1' && c <= '9') {
                    return false;
                }
            }
            return true;
        }

        /** Returns true if the number is below zero. */
        public boolean isNegative() {
            return text.charAt(0) == '-' && !isZero();
        }

        @Override
        public String kind() {
            return "a number";
        }
    }

    /** {@code true}, {@code false} or {@code null}. */
    enum JsonLiteral implements JsonValue {
        TRUE("true"),
        FALSE("false"),
        NULL("null");

        private final String word;

        JsonLiteral(String word) {
            this.word = word;
        }

        @Override
        public boolean isZero() {
            return this != TRUE;
        }

        @Override
        public String kind() {
            return word;
        }
    }
}
