package org.socketproxy.audit;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Audit record of a forwarded exchange that the policy in {@code SHADOW_POLICY} would deny, or whose response it would shorten.
 *
 * @param begun the exchange, with the reason of the denial
 * @param shadowProfile profile of that policy that denies it; null if it is of a file of variables
 * @param list elements of a list that it would hide; null for a denial
 * @param repeated number of records that this one stands for; 1 without {@code LOG_REPEATS=collapse}
 */
public record ShadowRecord(
        BeginRecord begun,
        @Nullable String shadowProfile,
        @Nullable HiddenElements list,
        long repeated) implements AuditEntry.Repeatable {
    /**
     * The elements of a list.
     *
     * @param hidden number of elements that the policy would hide
     * @param of number of elements in the response
     */
    public record HiddenElements(int hidden, int of) {}

    @Override
    public ShadowRecord repeated(long records) {
        return new ShadowRecord(begun, shadowProfile, list, records);
    }

    @Override
    public boolean isAllowed() {
        return false;
    }

    @Override
    public String toText(ZoneId zone) {
        return begun.textFields(zone)
                + (list == null ? "" : " hidden=" + list.hidden + " of=" + list.of)
                + (shadowProfile == null ? "" : " shadow=" + shadowProfile)
                + (repeated == 1 ? "" : " repeated=" + repeated);
    }

    @Override
    public String toJson() {
        return AuditJson.exchange(json -> {
            json.writeStartObject();
            begun.writeFields(json, begun.outcome().code());
            if (list != null) {
                json.writeNumberField("hidden", list.hidden);
                json.writeNumberField("of", list.of);
            }
            AuditJson.writeOptional(json, "shadowProfile", shadowProfile);
            if (repeated != 1) {
                json.writeNumberField("repeated", repeated);
            }
            json.writeEndObject();
        });
    }
}
