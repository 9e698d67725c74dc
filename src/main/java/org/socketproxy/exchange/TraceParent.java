package org.socketproxy.exchange;

import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code traceparent} of a forwarded request (W3C Trace Context): that of the client, or one that the proxy begins.
 *
 * @param isOfClient whether the client sent it, alone and valid
 */
public record TraceParent(String value, boolean isOfClient) {
    private static final String NAME = "traceparent";
    /** Its values belong to the trace of the client. */
    private static final String STATE = "tracestate";

    /** Version 00, with ids that are not zero. */
    private static final Pattern VALID = Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private static final HexFormat HEX = HexFormat.of();

    /** Returns null without exactly one valid header. */
    static @Nullable TraceParent of(HttpFields headers) {
        if (!headers.contains(NAME)) {
            return null;
        }
        List<String> values = headers.getValuesList(NAME);
        return values.size() == 1 && VALID.matcher(values.get(0)).matches()
                ? new TraceParent(values.get(0), true)
                : null;
    }

    /** Begins a trace. It is sampled, because without a header the daemon samples each request too. */
    static TraceParent begin() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new TraceParent(
                "00-" + HEX.toHexDigits(random.nextLong()) + id(random) + "-" + id(random) + "-01", false);
    }

    private static String id(ThreadLocalRandom random) {
        return HEX.toHexDigits(random.nextLong() | 1); // not zero
    }

    /** Returns the headers of the client with this one. */
    HttpFields in(HttpFields ofClient) {
        return isOfClient
                ? ofClient
                : HttpFields.build(ofClient).put(NAME, value).remove(STATE).asImmutable();
    }
}
