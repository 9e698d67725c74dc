package org.socketproxy.json;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * A held body that is parsed at most once, although several rules read it. Its tree is about ten times as large as its bytes, so
 * that only the thread that judges the body keeps it.
 *
 * <p>Threading: one thread.
 */
public final class JsonBody {
    /** Highest number of values of a body; a compose file with 1,000 of them is a large one. */
    public static final int MAX_VALUES = 20_000;

    private final ByteBuffer bytes;
    private @Nullable JsonValue value;
    private @Nullable InvalidJsonException invalid;

    private JsonBody(ByteBuffer bytes) {
        this.bytes = bytes.asReadOnlyBuffer();
    }

    /**
     * Wraps the bytes of a body.
     *
     * @param bytes from the position to the limit; any bytes, or none
     */
    public static JsonBody of(ByteBuffer bytes) {
        return new JsonBody(bytes);
    }

    /** Returns the bytes with a position of their own. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** Returns true if there are no bytes. */
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
