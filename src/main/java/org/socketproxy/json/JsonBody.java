package org.socketproxy.json;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * A request body that is parsed at most once for all rules. The tree takes about ten times the memory of the bytes: only the
 * thread that judges the body keeps it.
 *
 * <p>Threading: one thread.
 */
public final class JsonBody {
    /** Highest number of values of a body; a large compose file has 1,000. */
    public static final int MAX_VALUES = 20_000;

    private final ByteBuffer bytes;
    private @Nullable JsonValue value;
    private @Nullable InvalidJsonException invalid;

    private JsonBody(ByteBuffer bytes) {
        this.bytes = bytes.asReadOnlyBuffer();
    }

    /** Wraps the bytes from the position to the limit: any bytes, or none. */
    public static JsonBody of(ByteBuffer bytes) {
        return new JsonBody(bytes);
    }

    /** Returns the bytes as an independent view. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    public boolean isEmpty() {
        return !bytes.hasRemaining();
    }

    /**
     * Returns the value.
     *
     * @throws InvalidJsonException if the bytes are not strict JSON
     */
    public JsonValue read() throws InvalidJsonException {
        if (invalid != null) {
            throw invalid;
        }
        if (value == null) {
            try {
                value = StrictJson.read(bytes(), MAX_VALUES);
            } catch (InvalidJsonException bad) {
                invalid = bad;
                throw bad;
            }
        }
        return value;
    }

    /** Returns the value if it is an object; an empty object for another value, for text that is not strict JSON, and without bytes. */
    public JsonObject object() {
        try {
            return !isEmpty() && read() instanceof JsonObject object ? object : JsonObject.EMPTY;
        } catch (InvalidJsonException unreadable) {
            return JsonObject.EMPTY;
        }
    }
}
