package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/** Writes one JSON value without a line end, with jackson-core. */
public final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    @FunctionalInterface
    public interface Value {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private JsonText() {}

    public static String compact(Value value) {
        return compact(FACTORY, value);
    }

    /** Uses the escapes of the factory. */
    public static String compact(JsonFactory factory, Value value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(text)) {
            value.writeTo(json);
        } catch (IOException impossible) { // a StringWriter throws none
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    /** Returns a JSON string with its quotes. */
    public static String string(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, quoted);
        return quoted.append('"').toString();
    }

    public static String pretty(Value value) {
        return compact(json -> value.writeTo(json.useDefaultPrettyPrinter()));
    }

    public static void writeStrings(JsonGenerator json, String field, List<String> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }

    /** Returns UTF-8 on one line, which {@link StrictJson} reads as an equal value. */
    public static ByteBuffer write(JsonValue value) {
        return StandardCharsets.UTF_8.encode(compact(json -> write(json, value)));
    }

    private static void write(JsonGenerator json, JsonValue value) throws IOException {
        if (value instanceof JsonObject object) {
            json.writeStartObject();
            for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                json.writeFieldName(member.getKey());
                write(json, member.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof JsonArray array) {
            json.writeStartArray();
            for (JsonValue element : array.elements()) {
                write(json, element);
            }
            json.writeEndArray();
        } else if (value instanceof JsonString string) {
            json.writeString(string.text());
        } else if (value instanceof JsonNumber number) {
            json.writeNumber(number.text());
        } else {
            json.writeRawValue(((JsonLiteral) value).kind());
        }
    }
}
