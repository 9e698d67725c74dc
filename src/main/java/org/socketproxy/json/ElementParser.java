package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.socketproxy.json.ElementException.Kind;

/** Reads an element token by token, with jackson-core. */
public final class ElementParser {
    static final String UNEXPECTED = "an element is not an object of the expected form";
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW) // clients can choose names of members
            .build();

    /** Reads the value at the parser, and leaves the parser at its last token. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(JsonParser parser) throws IOException, ElementException;
    }

    /** Reads a member with the parser at its value; the rest can stay unread. */
    @FunctionalInterface
    public interface MemberReader {
        void read(String name, JsonParser value) throws IOException, ElementException;
    }

    private ElementParser() {}

    /**
     * Reads a whole element.
     *
     * @param element has a backing array
     * @throws ElementException if it is not exactly one value, or if the reader refuses it
     */
    public static <T> T read(ByteBuffer element, Reader<T> reader) throws ElementException {
        return read(element, UNEXPECTED, reader);
    }

    /** @param invalid the message if the element is not valid JSON */
    static <T> T read(ByteBuffer element, String invalid, Reader<T> reader) throws ElementException {
        try (JsonParser parser = FACTORY.createParser(
                element.array(), element.arrayOffset() + element.position(), element.remaining())) {
            require(parser.nextToken() != null);
            T read = reader.read(parser);
            require(parser.nextToken() == null);
            return read;
        } catch (JsonProcessingException malformed) {
            throw new ElementException(Kind.MALFORMED, invalid);
        } catch (IOException impossible) { // the parser reads from memory
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * Reads the members of the object at the parser.
     *
     * @throws ElementException for another value, or if the reader refuses it
     */
    public static void members(JsonParser parser, MemberReader reader) throws IOException, ElementException {
        require(parser.currentToken() == JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            reader.read(name, parser);
            parser.skipChildren();
        }
    }

    public static String text(JsonParser parser) throws IOException, ElementException {
        require(parser.currentToken() == JsonToken.VALUE_STRING);
        return parser.getText();
    }

    /** Throws {@link #unexpected} unless the element has the expected form. */
    public static void require(boolean isExpected) throws ElementException {
        if (!isExpected) {
            throw unexpected();
        }
    }

    public static ElementException unexpected() {
        return new ElementException(Kind.MALFORMED, UNEXPECTED);
    }
}
