package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.mask.Marker;

/**
 * Denies a body that contains the marker of a masked value, and lets another judge decide on the rest.
 *
 * @param maxBytes limit of a body in bytes
 * @param next the other judge of the operation, or null
 */
record MaskedValueJudge(int maxBytes, @Nullable BodyJudge next) implements BodyJudge {
    @Override
    public @Nullable Decision deny(Decision allowed, JsonBody body) {
        if (Marker.isIn(body.bytes())) {
            return Decision.denied(Reason.MASKED_VALUE, allowed.operation(), allowed.isWrite());
        }
        return next == null ? null : next.deny(allowed, body);
    }
}
