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

    /** @throws IllegalArgumentException for arguments in neither form; the message shows one */
    static RequestLine parse(List<String> given) {
        List<String> words = given.size() == 1 ? List.of(given.get(0).strip().split("\\s+")) : given;
        if (words.size() != 2) {
            throw new IllegalArgumentException(
                    "use a method and a target, such as: explain POST /v1.45/containers/web/exec");
        }
        String target = words.get(1);
        return words.get(0).equalsIgnoreCase(GRPC)
                ? new RequestLine("POST", target.startsWith("/") ? target : "/" + target, null)
                : new RequestLine(words.get(0), target, null);
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
