package org.socketproxy.exchange;

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
        String fields(int status, String message) {
            return "\"message\":" + message;
        }
    },
    /**
     * {@code {"cause": "…", "message": "…", "response": 403}}. Podman's clients read the status from {@code response}.
     */
    PODMAN {
        @Override
        String fields(int status, String message) {
            return "\"cause\":" + message + ",\"message\":" + message + ",\"response\":" + status;
        }
    };

    private static final Pattern BELOW_LIBPOD = Pattern.compile("(?:/v[0-9][^/]*)?/libpod(?:/|$)");

    /**
     * Returns the libpod form for a path below {@code /libpod}, with or without a version, otherwise the Docker form.
     */
    static ErrorForm of(@Nullable HttpURI target) {
        String path = target == null ? null : target.getPath();
        return path != null && isBelowLibpod(path) ? PODMAN : DOCKER;
    }

    /** Few paths contain the word, and the search for it is cheaper than the pattern. */
    private static boolean isBelowLibpod(String path) {
        return path.contains("/libpod") && BELOW_LIBPOD.matcher(path).lookingAt();
    }

    /** One line of UTF-8 with its line end. */
    byte[] body(int status, String message) {
        return ("{" + fields(status, JsonText.string(message)) + "}\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @param message a JSON string with its quotes */
    abstract String fields(int status, String message);
}
