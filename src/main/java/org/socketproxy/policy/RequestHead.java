package org.socketproxy.policy;

import java.util.List;

/** Headers and presence of a body: the inputs of a decision besides method and target. */
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
     * Returns the values of a header, one for each header line.
     *
     * @param header the case-insensitive name
     */
    List<String> values(String header);

    /**
     * Returns true if the head announces a body: {@code Content-Length} other than 0, or {@code Transfer-Encoding}, also if
     * the body then has no bytes.
     */
    boolean hasBody();

    /** Returns true if a browser sent the request for a web page; scripts cannot set or remove these headers. */
    default boolean isFromBrowser() {
        return !values("Origin").isEmpty() || !values("Sec-Fetch-Site").isEmpty();
    }
}
