package org.socketproxy.usage;

import java.util.List;

/**
 * Number of requests in a period.
 *
 * @param denied includes the requests that learn mode forwarded
 */
public record RequestCount(long allowed, long denied) {
    public static final RequestCount NONE = new RequestCount(0, 0);

    public static RequestCount sum(List<RequestCount> counts) {
        return counts.stream()
                .reduce(NONE, (one, other) -> new RequestCount(one.allowed + other.allowed, one.denied + other.denied));
    }
}
