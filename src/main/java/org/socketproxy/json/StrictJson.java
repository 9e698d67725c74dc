package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Reads one JSON value with the tokenizer of jackson-core. Refuses JSON that two parsers could interpret differently.
 *
 * <p>Security: accepts valid UTF-8 without a byte order mark, one value and only white space after it, no duplicate name in an
 * object, no lone surrogate, at most {@value #MAX_DEPTH} levels and {@value #MAX_VALUES} values. Jackson would detect UTF-16, skip a
 * byte order mark, and pass lone surrogates in escapes and duplicate names.
 */
public final class StrictJson {
    public static final int MAX_DEPTH = 32;
    /** Limit for an answer of the daemon: a tree of a few MiB. */
    public static final int MAX_VALUES = 50_000;

    private static final String NOT_JSON = "is not valid JSON";
    private static final String LONE_SURROGATE = "contains a lone surrogate";

    /** Without a symbol table of names, which the client chooses. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH + 1)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;
    private final int maxValues;
    private int values;

    private StrictJson(JsonParser parser, int maxValues) {
        this.parser = parser;
        this.maxValues = maxValues;
    }

    /** Returns an empty object for any other value and for text that is not strict JSON. */
    public static JsonObject object(ByteBuffer bytes) {
        return readOrNull(bytes) instanceof JsonObject object ? object : JsonObject.EMPTY;
    }

    /** Returns {@code null} of JSON for text that is not strict JSON. */
    public static JsonValue readOrNull(ByteBuffer bytes) {
        try {
            return read(bytes);
        } catch (InvalidJsonException unreadable) {
            return JsonLiteral.NULL;
        }
    }

    /**
     * Reads a whole text.
     *
     * @throws InvalidJsonException as {@link #read(ByteBuffer)}
     */
    public static JsonValue read(String text) throws InvalidJsonException {
        return read(StandardCharsets.UTF_8.encode(text));
    }

    /**
     * Reads a whole text.
     *
     * @param bytes the position does not change
     * @throws InvalidJsonException if it is not exactly one strict JSON value, also if it is empty
     */
    public static JsonValue read(ByteBuffer bytes) throws InvalidJsonException {
        return read(bytes, MAX_VALUES);
    }

    static JsonValue read(ByteBuffer bytes, int maxValues) throws InvalidJsonException {
        CharBuffer text = decode(bytes.duplicate());
        if (text.length() > 0 && text.charAt(0) == '\ufeff') {
            throw new InvalidJsonException("", "begins with a byte order mark");
        }
        try (JsonParser parser = FACTORY.createParser(text.array(), text.arrayOffset(), text.length())) {
            return new StrictJson(parser, maxValues).readAll();
        } catch (JsonParseException malformed) {
            throw malformed(malformed);
        } catch (IOException constraint) { // the source is an array, so only a limit of Jackson can throw it
            throw new InvalidJsonException("", "exceeds a limit of the JSON parser");
        }
    }

    private static CharBuffer decode(ByteBuffer bytes) throws InvalidJsonException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes); // a new decoder reports every error
        } catch (CharacterCodingException malformed) {
            throw new InvalidJsonException("", "is not valid UTF-8");
        }
    }

    /** Jackson's message can contain a part of the text. */
    private static InvalidJsonException malformed(JsonParseException malformed) {
        long offset =
                malformed.getLocation() == null ? -1 : malformed.getLocation().getCharOffset();
        return new InvalidJsonException("", offset < 0 ? NOT_JSON : NOT_JSON + " at character " + (offset + 1));
    }

    private JsonValue readAll() throws IOException, InvalidJsonException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new InvalidJsonException("", "is empty");
        }
        JsonValue value = value(first, 1);
        if (parser.nextToken() != null) {
            throw new InvalidJsonException("", "continues after its JSON value");
        }
        return value;
    }

    private JsonValue value(JsonToken token, int depth) throws IOException, InvalidJsonException {
        if (++values > maxValues) {
            throw new InvalidJsonException("", "has more than " + maxValues + " values");
        }
        return switch (token) {
            case START_OBJECT -> object(depth);
            case START_ARRAY -> array(depth);
            case VALUE_STRING -> new JsonString(checked(parser.getText()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getText());
            case VALUE_TRUE -> JsonLiteral.TRUE;
            case VALUE_FALSE -> JsonLiteral.FALSE;
            case VALUE_NULL -> JsonLiteral.NULL;
            default -> throw new InvalidJsonException("", NOT_JSON);
        };
    }

    private JsonObject object(int depth) throws IOException, InvalidJsonException {
        checkDepth(depth);
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (next() != JsonToken.END_OBJECT) {
            String name = checked(parser.currentName());
            try {
                if (members.put(name, value(next(), depth + 1)) != null) {
                    throw new InvalidJsonException("", "comes twice in the same object");
                }
            } catch (InvalidJsonException inner) {
                throw inner.below(name);
            }
        }
        return members.isEmpty() ? JsonObject.EMPTY : new JsonObject(Collections.unmodifiableMap(members));
    }

    private JsonArray array(int depth) throws IOException, InvalidJsonException {
        checkDepth(depth);
        List<JsonValue> elements = new ArrayList<>(2);
        for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
            try {
                elements.add(value(token, depth + 1));
            } catch (InvalidJsonException inner) {
                throw inner.below(String.valueOf(elements.size()));
            }
        }
        return new JsonArray(Collections.unmodifiableList(elements));
    }

    private JsonToken next() throws IOException, InvalidJsonException {
        @Nullable JsonToken token = parser.nextToken();
        if (token == null) {
            throw new InvalidJsonException("", NOT_JSON + ": it ends too early");
        }
        return token;
    }

    private static void checkDepth(int depth) throws InvalidJsonException {
        if (depth > MAX_DEPTH) {
            throw new InvalidJsonException("", "has more than " + MAX_DEPTH + " levels");
        }
    }

    /** Refuses a lone surrogate, which Go and other parsers replace by U+FFFD. */
    private static String checked(String text) throws InvalidJsonException {
        boolean isLowExpected = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isLowSurrogate(c) != isLowExpected) {
                throw new InvalidJsonException("", LONE_SURROGATE);
            }
            isLowExpected = Character.isHighSurrogate(c);
        }
        if (isLowExpected) {
            throw new InvalidJsonException("", LONE_SURROGATE);
        }
        return text;
    }
}
