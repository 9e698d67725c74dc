package org.socketproxy.policy;

import java.util.List;

/** The part of a request besides its method and target that a decision may depend on. */
public interface RequestHead {
    /** A request without headers and without a body. */
    RequestHead EMPTY = new RequestHead() {
        @Override
        public List<String> values(String header) {
            return List.of();
        }

        @Override
        public boolean hasBody() {
            return false;
        }
    };

    /**
     * The values of a header, one for each of its lines.
     *
     * @param header name in any case
     */
    List<String> values(String header);

    /** Whether a body is announced: {@code Content-Length} other than 0, or {@code Transfer-Encoding}. */
    boolean hasBody();

    /** Whether a browser sent it for a web page: pages can neither set nor remove these headers. */
    default boolean isFromBrowser() {
        return !values("Origin").isEmpty() || !values("Sec-Fetch-Site").isEmpty();
    }
}
