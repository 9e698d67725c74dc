package org.socketproxy.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Writes a {@link JsonValue}. {@link StrictJson} reads an equal value from the bytes.
 *
 * <p>Threading: stateless.
 */
public final class JsonWriter {
    private JsonWriter() {}

    /** Returns the value as UTF-8 on one line. */
    public static ByteBuffer write(JsonValue value) {
        return StandardCharsets.UTF_8.encode(JsonText.compact(json -> write(json, value)));
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
