package org.socketproxy.audit;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Audit record of a forwarded exchange that the policy in {@code SHADOW_POLICY} would deny.
 *
 * @param begun the exchange, with the reason of the denial
 * @param shadowProfile profile of that policy that denies it; null if it is of a file of variables
 */
public record ShadowRecord(BeginRecord begun, @Nullable String shadowProfile) implements AuditEntry {
    @Override
    public boolean isAllowed() {
        return false;
    }

    @Override
    public String toText(ZoneId zone) {
        return begun.textFields(zone) + (shadowProfile == null ? "" : " shadow=" + shadowProfile);
    }

    @Override
    public String toJson() {
        return AuditJson.exchange(json -> {
            json.writeStartObject();
            begun.writeFields(json, "would-deny");
            AuditJson.writeOptional(json, "shadowProfile", shadowProfile);
            json.writeEndObject();
        });
    }
}
