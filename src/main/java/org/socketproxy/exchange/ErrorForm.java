package org.socketproxy.exchange;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonText;

/**
 * JSON form of an error body: that of the Docker API or of the libpod API. The choice has no effect on the decision, so
 * it can use the raw path of a request that the permission filter rejects as malformed.
 */
enum ErrorForm {
    /** {@code {"message": "…"}}. */
    DOCKER {
        @Override
        void writeFields(int status, String message, JsonGenerator json) throws IOException {
            json.writeStringField("message", message);
        }
    },
    /**
     * {@code {"cause": "…", "message": "…", "response": 403}}. Podman's clients read the status from {@code response}.
     */
    PODMAN {
        @Override
        void writeFields(int status, String message, JsonGenerator json) throws IOException {
            json.writeStringField("cause", message);
            json.writeStringField("message", message);
            json.writeNumberField("response", status);
        }
    };

    private static final Pattern BELOW_LIBPOD = Pattern.compile("(?:/v[0-9][^/]*)?/libpod(?:/|$)");

    /**
     * Returns the libpod form for a path below {@code /libpod}, with or without a version, otherwise the Docker form.
     */
    static ErrorForm of(@Nullable HttpURI target) {
        String path = target == null ? null : target.getPath();
        return path != null && BELOW_LIBPOD.matcher(path).lookingAt() ? PODMAN : DOCKER;
    }

    /** One line of UTF-8 with its line end. */
    byte[] body(int status, String message) {
        String body = JsonText.compact(json -> {
            json.writeStartObject();
            writeFields(status, message, json);
            json.writeEndObject();
        });
        return (body + '\n').getBytes(StandardCharsets.UTF_8);
    }

    abstract void writeFields(int status, String message, JsonGenerator json) throws IOException;
}
