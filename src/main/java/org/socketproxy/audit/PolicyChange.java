package org.socketproxy.audit;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Audit entry for a change of the policy.
 *
 * @param cause such as {@code SIGHUP}
 * @param profile name of the changed profile, or null for the environment
 * @param on variables that are switched on
 * @param off variables that are switched off
 * @param settings settings with a new value, such as {@code LOG_LEVEL=notice}
 * @param dangers descriptions of the added risks
 */
public record PolicyChange(
        Instant time,
        Kind kind,
        String cause,
        @Nullable String profile,
        List<String> on,
        List<String> off,
        List<String> settings,
        List<String> dangers)
        implements AuditEntry {

    public enum Kind {
        RELOAD("reload"),
        LEARN_ON("learn-on"),
        LEARN_OFF("learn-off"),
        PERMISSION_ENDED("permission-ended"),
        LEASE_OPENED("lease-opened"),
        LEASE_ENDED("lease-ended"),
        LEASE_ASKED("lease-asked"),
        LEASE_APPROVED("lease-approved"),
        LEASE_REFUSED("lease-refused");

        private final String code;

        Kind(String code) {
            this.code = code;
        }
    }

    public PolicyChange {
        on = List.copyOf(on);
        off = List.copyOf(off);
        settings = List.copyOf(settings);
        dangers = List.copyOf(dangers);
    }

    /** Creates an entry for a reload that changes no variable. */
    public static PolicyChange reload(Instant time, String cause, List<String> settings) {
        return new PolicyChange(time, Kind.RELOAD, cause, null, List.of(), List.of(), settings, List.of());
    }

    /** Creates an entry for the begin of learn mode. */
    public static PolicyChange learnOn(Instant time, Instant end) {
        return new PolicyChange(
                time,
                Kind.LEARN_ON,
                "MODE=learn until " + end.truncatedTo(ChronoUnit.SECONDS),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of("every client can be root on the host"));
    }

    /** Creates an entry for the begin of learn mode of one profile. */
    public static PolicyChange learnOn(Instant time, Instant end, String profile) {
        return new PolicyChange(
                time,
                Kind.LEARN_ON,
                "learn until " + end.truncatedTo(ChronoUnit.SECONDS),
                profile,
                List.of(),
                List.of(),
                List.of(),
                List.of("every client of the profile can be root on the host"));
    }

    /** Creates an entry for the end of learn mode. */
    public static PolicyChange learnOff(Instant time) {
        return new PolicyChange(
                time, Kind.LEARN_OFF, "the end of MODE=learn", null, List.of(), List.of(), List.of(), List.of());
    }

    /** Creates an entry for the end of learn mode of one profile. */
    public static PolicyChange learnOff(Instant time, String profile) {
        return new PolicyChange(
                time, Kind.LEARN_OFF, "the end of learn", profile, List.of(), List.of(), List.of(), List.of());
    }

    /** Creates an entry for the end of a permission of a profile; {@code subject} is an operation, or names all permissions. */
    public static PolicyChange permissionEnded(Instant time, Instant end, String profile, String subject) {
        return new PolicyChange(
                time,
                Kind.PERMISSION_ENDED,
                "until " + end,
                profile,
                List.of(),
                List.of(),
                List.of(subject),
                List.of());
    }

    /**
     * Creates an entry for a lease.
     *
     * @param facts such as {@code for=PT2H}, what was removed, or what was asked
     */
    public static PolicyChange lease(Instant time, Kind kind, String cause, String profile, List<String> facts) {
        return new PolicyChange(time, kind, cause, profile, List.of(), List.of(), facts, List.of());
    }

    @Override
    public boolean isAllowed() {
        return false;
    }

    @Override
    public String toText(ZoneId zone) {
        StringBuilder text =
                new StringBuilder(AuditEntry.time(time, zone) + " policy " + kind.code + " by " + printable(cause));
        if (profile != null) {
            text.append(" profile ").append(profile);
        }
        on.forEach(name -> text.append(" +").append(name));
        off.forEach(name -> text.append(" -").append(name));
        settings.forEach(setting -> text.append(' ').append(printable(setting)));
        dangers.forEach(danger -> text.append("; DANGER: ").append(printable(danger)));
        return text.toString();
    }

    @Override
    public String toJson() {
        return AuditJson.change(json -> {
            json.writeStartObject();
            json.writeStringField("time", time.toString());
            json.writeStringField("event", kind.code);
            AuditJson.writeText(json, "cause", cause);
            AuditJson.writeOptional(json, "profile", profile);
            AuditJson.writeTexts(json, "on", on);
            AuditJson.writeTexts(json, "off", off);
            AuditJson.writeTexts(json, "settings", settings);
            AuditJson.writeTexts(json, "dangers", dangers);
            json.writeEndObject();
        });
    }

    /** Keeps spaces, because the text comes from the administrator. */
    private static String printable(String text) {
        return AuditRecord.escape(text).replace("\\u0020", " ");
    }
}
