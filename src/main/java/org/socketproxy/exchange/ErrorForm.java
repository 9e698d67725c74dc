package org.socketproxy.exchange;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;

/**
 * The form of an error's body, which follows the API that the client speaks. It decides nothing but how a refusal looks,
 * so it may take a path at its face that the permission filter refuses to read.
 */
enum ErrorForm {
    /** {@code {"message": "…"}}. */
    DOCKER {
        @Override
        void write(int status, String message, StringBuilder json) {
            json.append("{\"message\":\"").append(message).append("\"}");
        }
    },
    /** {@code {"cause": "…", "message": "…", "response": 403}}: without the last, Podman's clients know no status. */
    PODMAN {
        @Override
        void write(int status, String message, StringBuilder json) {
            json.append("{\"cause\":\"").append(message);
            json.append("\",\"message\":\"").append(message);
            json.append("\",\"response\":").append(status).append('}');
        }
    };

    /** What is around a message, in characters or a few more: growing the buffer was a seventh of what a denial allocates. */
    private static final int FRAME = 64;

    private static final Pattern BELOW_LIBPOD = Pattern.compile("(?:/v[0-9][^/]*)?/libpod(?:/|$)");

    /** Podman's for whatever is asked below {@code /libpod}, with or without a version; else Docker's. */
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
