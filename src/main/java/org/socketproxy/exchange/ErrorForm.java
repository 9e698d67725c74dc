package org.socketproxy.exchange;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;

/**
 * JSON form of an error body: that of the Docker API or of the libpod API. The choice has no effect on the decision, so it can
 * use the raw path of a request that the permission filter rejects as malformed.
 */
enum ErrorForm {
    /** {@code {"message": "…"}}. */
    DOCKER {
        @Override
        void write(int status, String message, StringBuilder json) {
            json.append("{\"message\":\"").append(message).append("\"}");
        }
    },
    /** {@code {"cause": "…", "message": "…", "response": 403}}. Podman's clients read the status from {@code response}. */
    PODMAN {
        @Override
        void write(int status, String message, StringBuilder json) {
            json.append("{\"cause\":\"").append(message);
            json.append("\",\"message\":\"").append(message);
            json.append("\",\"response\":").append(status).append('}');
        }
    };

    /** Initial capacity for the text around a message. A growing buffer took a seventh of the allocations of a denial. */
    private static final int FRAME = 64;

    private static final Pattern BELOW_LIBPOD = Pattern.compile("(?:/v[0-9][^/]*)?/libpod(?:/|$)");

    /** Returns the libpod form for a path below {@code /libpod}, with or without a version, otherwise the Docker form. */
    static ErrorForm of(@Nullable HttpURI target) {
        String path = target == null ? null : target.getPath();
        return path != null && BELOW_LIBPOD.matcher(path).lookingAt() ? PODMAN : DOCKER;
    }

    byte[] body(int status, String message) {
        StringBuilder escaped = new StringBuilder(message.length() + FRAME);
        JsonStringEncoder.getInstance().quoteAsString(message, escaped);
        StringBuilder json = new StringBuilder(escaped.length() + FRAME);
        write(status, escaped.toString(), json);
        return json.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** @param message escaped for JSON */
    abstract void write(int status, String message, StringBuilder json);
}
