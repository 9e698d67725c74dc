package org.socketproxy.policy;

import java.util.List;

/** Headers and presence of a body. */
public interface RequestHead {
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

    /** Returns one value for each header line; the name is case-insensitive. */
    List<String> values(String header);

    /** Returns true with {@code Content-Length} other than 0 or {@code Transfer-Encoding}, also for a body without bytes. */
    boolean hasBody();

    /** Returns true for a request of a web page; scripts cannot set or remove these headers. */
    default boolean isFromBrowser() {
        return !values("Origin").isEmpty() || !values("Sec-Fetch-Site").isEmpty();
    }
}
