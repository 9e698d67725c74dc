package org.socketproxy.policy.create;

import java.util.Arrays;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/** Form of a field's value. */
enum FieldType {
    STRING("string") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonString;
        }
    },
    INTEGER("integer") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonNumber;
        }
    },
    NUMBER("number") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonNumber;
        }
    },
    BOOLEAN("boolean") {
        @Override
        boolean matches(JsonValue value) {
            return value == JsonLiteral.TRUE || value == JsonLiteral.FALSE;
        }
    },
    ARRAY("array") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonArray;
        }
    },
    /** The daemon reads a string as an array with one element. */
    STRING_OR_ARRAY("string|array") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonString || value instanceof JsonArray;
        }
    },
    /** An object whose names the API defines; the daemon folds the case of the names. */
    OBJECT("object") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonObject;
        }
    },
    /** An object whose names the client chooses; the daemon does not fold them. */
    MAP("map") {
        @Override
        boolean matches(JsonValue value) {
            return value instanceof JsonObject;
        }
    },
    /** Any value; its content is not judged. */
    ANY("any") {
        @Override
        boolean matches(JsonValue value) {
            return true;
        }
    };

    private final String word;

    FieldType(String word) {
        this.word = word;
    }

    abstract boolean matches(JsonValue value);

    /** @throws IllegalArgumentException if the table has an unknown type */
    static FieldType of(String word) {
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
