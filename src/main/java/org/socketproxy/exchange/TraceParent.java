package org.socketproxy.exchange;

import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/** The header {@code traceparent} (W3C Trace Context) of a client, which the proxy passes on and records. */
final class TraceParent {
    private static final String NAME = "traceparent";
    /** Version 00, with ids that are not zero. */
    private static final Pattern VALID = Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceParent() {}

    /** Returns null without exactly one valid header. */
    static @Nullable String of(HttpFields headers) {
        if (!headers.contains(NAME)) {
            return null;
        }
        List<String> values = headers.getValuesList(NAME);
        return values.size() == 1 && VALID.matcher(values.get(0)).matches() ? values.get(0) : null;
    }
}
