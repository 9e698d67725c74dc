package org.socketproxy.json;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * Request body, parsed at most once. The tree takes ten times the memory of the bytes, so only the judging thread keeps it.
 *
 * <p>Threading: one thread.
 */
public final class JsonBody {
    /** A large compose file has 1,000 values. */
    public static final int MAX_VALUES = 20_000;

    private final ByteBuffer bytes;
    private @Nullable JsonValue value;
    private @Nullable InvalidJsonException invalid;
    private @Nullable Object finding;

    private JsonBody(ByteBuffer bytes) {
        this.bytes = bytes.duplicate(); // not read-only: a decoder reads that one byte by byte
    }

    public static JsonBody of(ByteBuffer bytes) {
        return new JsonBody(bytes);
    }

    /** Returns the bytes, which must not be changed. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    public boolean isEmpty() {
        return !bytes.hasRemaining();
    }

    /**
     * Parses the bytes, or returns the known value.
     *
     * @throws InvalidJsonException if they are not strict JSON
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

    /** Keeps the last finding of a judge, so that a later step does not judge the body again. */
    public void keep(Object found) {
        finding = found;
    }

    /** Returns the last finding of a judge; null without one. */
    public @Nullable Object finding() {
        return finding;
    }

    /** Returns an empty object for any other value, for text that is not strict JSON, and without bytes. */
    public JsonObject object() {
        try {
            return !isEmpty() && read() instanceof JsonObject object ? object : JsonObject.EMPTY;
        } catch (InvalidJsonException unreadable) {
            return JsonObject.EMPTY;
        }
    }
}
