package org.socketproxy.policy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonBody;

/**
 * Judges the body of a request to one operation (stage 3). The proxy forwards exactly the bytes that were judged.
 *
 * <p>Threading: immutable; a selector thread calls it, so that it must not block.
 */
public interface BodyJudge {
    /** Default of {@link #maxBytes}: 1 MiB. */
    int MAX_BYTES = 1 << 20;

    /** Returns the size of the largest body that the proxy holds for this judge. */
    default int maxBytes() {
        return MAX_BYTES;
    }

    /**
     * Returns the denial of a whole body, or null.
     *
     * @param allowed the decision on operation and parameters
     * @param body empty if the request has none
     */
    @Nullable
    Decision deny(Decision allowed, JsonBody body);

    /**
     * Returns this judge with further denials of binds.
     *
     * @param mounts paths of the host that the proxy's own container mounts
     * @param sockets sockets of clients of other profiles on the host, each with the settings that a bind needs
     */
    default BodyJudge protecting(List<String> mounts, Map<String, List<String>> sockets) {
        return this;
    }
}
