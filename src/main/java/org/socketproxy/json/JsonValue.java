package org.socketproxy.json;

import java.util.List;
import java.util.Map;

/** JSON value of {@link StrictJson}; immutable. */
public sealed interface JsonValue {
    /**
     * Returns true for a zero value of Go: {@code null}, {@code ""}, {@code 0}, {@code false}, an empty object or array, and an
     * array of zero numbers.
     */
    boolean isZero();

    /** Returns the kind with its article, such as {@code an object}. */
    String kind();

    /** Members by name, in the order of the text. */
    record JsonObject(Map<String, JsonValue> members) implements JsonValue {
        public static final JsonObject EMPTY = new JsonObject(Map.of());

        /** Returns {@code null} of JSON for an absent member. */
        public JsonValue get(String name) {
            return members.getOrDefault(name, JsonLiteral.NULL);
        }

        /** Returns an empty text unless the member is a string. */
        public String text(String name) {
            return members.get(name) instanceof JsonString string ? string.text() : "";
        }

        /** Returns the objects in the array of a member. */
        public List<JsonObject> elements(String name) {
            return members.get(name) instanceof JsonArray array
                    ? array.elements().stream()
                            .filter(JsonObject.class::isInstance)
                            .map(JsonObject.class::cast)
                            .toList()
                    : List.of();
        }

        /** Returns the strings in the array of a member. */
        public List<String> texts(String name) {
            return members.get(name) instanceof JsonArray array
                    ? array.elements().stream()
                            .filter(JsonString.class::isInstance)
                            .map(element -> ((JsonString) element).text())
                            .toList()
                    : List.of();
        }

        /** Returns an empty object unless the member is an object. */
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

    /** The text has no escapes. */
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

    /** The text as written, so that numbers of any size keep their value. */
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
