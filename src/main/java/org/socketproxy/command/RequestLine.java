package org.socketproxy.command;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.RequestHead;

/**
 * Request given as arguments: {@code POST /containers/x/stop}, or {@code grpc moby.buildkit.v1.Control/Solve}.
 *
 * @param body the JSON body to judge, or null
 */
record RequestLine(String method, String target, @Nullable ByteBuffer body) {
    private static final String GRPC = "grpc";

    RequestLine withBody(ByteBuffer json) {
        return new RequestLine(method, target, json);
    }

    /** Returns the headers that a client sends with the body; none without a body. */
    RequestHead head() {
        return body == null
                ? RequestHead.EMPTY
                : new HeadOfBody(
                        Map.of("content-type", "application/json", "content-length", String.valueOf(body.remaining())));
    }

    /**
     * Parses a method in upper or lower case, and a path; a path without its first slash gets one, unlike a request target.
     *
     * @throws IllegalArgumentException for arguments in neither form; the message shows one
     */
    static RequestLine parse(List<String> words) {
        if (words.size() != 2) {
            throw new IllegalArgumentException(
                    "use a method and a path, such as: explain POST /v1.45/containers/web/exec, or a command, such as:"
                            + " explain docker restart web");
        }
        String path = words.get(1);
        boolean isComplete = path.startsWith("/") || path.contains("://") || path.equals("*");
        return new RequestLine(
                words.get(0).equalsIgnoreCase(GRPC) ? "POST" : words.get(0).toUpperCase(Locale.ROOT),
                isComplete ? path : "/" + path,
                null);
    }

    private record HeadOfBody(Map<String, String> fields) implements RequestHead {
        @Override
        public List<String> values(String header) {
            String value = fields.get(header.toLowerCase(Locale.ROOT));
            return value == null ? List.of() : List.of(value);
        }

        @Override
        public boolean hasBody() {
            return true;
        }
    }
}
