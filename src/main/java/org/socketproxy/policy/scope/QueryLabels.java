package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonWriter;
import org.socketproxy.json.StrictJson;

/** The labels of a new secret of Podman's own API, which are JSON in its query. The body is the value of the secret. */
final class QueryLabels {
    private static final String PARAMETER = "labels";

    private QueryLabels() {}

    /**
     * Returns the target with the labels of the profile.
     *
     * @throws BadTargetException if two parsers could read the labels in different ways
     * @throws UnconfinableException if they cannot be read
     */
    static RequestTarget force(Scope rules, RequestTarget target) throws BadTargetException, UnconfinableException {
        JsonObject forced = new ForcedLabels(rules, ObjectKind.SECRET).of(read(target));
        return target.withOnlyParameter(
                PARAMETER,
                StandardCharsets.UTF_8.decode(JsonWriter.write(forced)).toString());
    }

    /** Returns why the client may not create a secret with these labels, or null. The sentence follows the operation. */
    static @Nullable String fault(Scope rules, RequestTarget target) {
        try {
            boolean isRefused = new ForcedLabels(rules, ObjectKind.SECRET).refused(read(target)) != null;
            return isRefused ? "has a label by which another profile selects its objects" : null;
        } catch (BadTargetException | UnconfinableException impossible) { // the target was read before
            throw new IllegalStateException(impossible);
        }
    }

    private static JsonObject read(RequestTarget target) throws BadTargetException, UnconfinableException {
        @Nullable String labels = target.onlyParameter(PARAMETER);
        if (labels == null || labels.isEmpty()) {
            return JsonObject.EMPTY;
        }
        try {
            ByteBuffer json = StandardCharsets.UTF_8.encode(labels);
            if (StrictJson.read(json) instanceof JsonObject object) {
                return object;
            }
            throw new UnconfinableException("the labels are no object");
        } catch (InvalidJsonException unreadable) {
            throw new UnconfinableException("the labels are no JSON");
        }
    }
}
