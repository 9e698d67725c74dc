package org.socketproxy.audit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A change of what the proxy allows.
 *
 * @param cause what brought it about, such as {@code SIGHUP}, for people
 * @param on names of the variables that are switched on
 * @param off names of those that are switched off
 * @param settings that have another value now, such as {@code LOG_LEVEL=notice}
 * @param dangers that it adds, for people
 */
public record PolicyChange(
        Instant time,
        Kind kind,
        String cause,
        List<String> on,
        List<String> off,
        List<String> settings,
        List<String> dangers)
        implements AuditEntry {

    /** What happened. */
    public enum Kind {
        RELOAD("reload"),
        LEARN_ON("learn-on"),
        LEARN_OFF("learn-off");

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

    /** Learn mode lets through what the variables deny, from now on. */
    public static PolicyChange learnOn(Instant time, Instant end) {
        return new PolicyChange(
                time,
                Kind.LEARN_ON,
                "MODE=learn until " + end.truncatedTo(ChronoUnit.SECONDS),
                List.of(),
                List.of(),
                List.of(),
                List.of("every client can be root on the host"));
    }

    /** The variables are enforced from now on. */
    public static PolicyChange learnOff(Instant time) {
        return new PolicyChange(
                time, Kind.LEARN_OFF, "the end of MODE=learn", List.of(), List.of(), List.of(), List.of());
    }

    @Override
    public boolean isAllowed() {
        return false;
    }

    @Override
    public String toText() {
        StringBuilder text = new StringBuilder(time + " policy " + kind.code + " by " + printable(cause));
        on.forEach(name -> text.append(" +").append(name));
        off.forEach(name -> text.append(" -").append(name));
        settings.forEach(setting -> text.append(' ').append(printable(setting)));
        dangers.forEach(danger -> text.append("; DANGER: ").append(printable(danger)));
        return text.toString();
    }

    @Override
    public String toJson() {
        return "{\"time\":\"" + time + "\",\"event\":\"" + kind.code + "\",\"cause\":" + quote(cause) + ",\"on\":"
                + list(on) + ",\"off\":" + list(off) + ",\"settings\":" + list(settings) + ",\"dangers\":"
                + list(dangers)
                + "}";
    }

    private static String list(List<String> texts) {
        return texts.stream().map(PolicyChange::quote).collect(Collectors.joining(",", "[", "]"));
    }

    private static String quote(String text) {
        return '"' + printable(text) + '"';
    }

    /** As in the other records, but with its blanks: it is the administrator's text and not a client's. */
    private static String printable(String text) {
        return AuditRecord.escape(text).replace("\\u0020", " ");
    }
}
