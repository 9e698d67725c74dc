package org.socketproxy.usage;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.mask.Marker;

/**
 * Denied exchange, or several equal ones: the policy or an extension denied it, or the decision failed.
 *
 * @param exchange number of the exchange in the audit log, or 0 for several
 * @param method escaped and truncated, because the client may send any text
 * @param path as the method, without the query
 * @param operation null if the catalogue does not have it
 * @param reason code of the decision's reason or of an earlier fault; then a space and the extension that denied the request
 * @param alternatives sets of missing variables at that time, narrowest first; empty if no variable allows it
 * @param detail JSON pointer of the denied field, or name of the parameter, escaped and truncated; or empty
 * @param needs the denied parts of the request, at most {@value #MOST_NEEDS}; empty if they are not known
 */
public record Denial(
        Instant time,
        long exchange,
        String client,
        String method,
        String path,
        @Nullable String operation,
        boolean isWrite,
        String reason,
        List<Decision.Alternative> alternatives,
        long times,
        String detail,
        List<Need> needs) {

    public static final Comparator<Denial> NEWEST_FIRST = Comparator.comparing(Denial::time)
            .thenComparingLong(Denial::exchange)
            .reversed();

    private static final int LONGEST = 200;
    private static final int MOST_NEEDS = 20;

    /**
     * A part of a request that was denied.
     *
     * @param kind equal for parts of one kind: the assignment that allows them, or what is not to be allowed
     * @param subject such as {@code HostConfig.Privileged is true}; or empty
     * @param remedy the setting that would allow it, or null
     */
    public record Need(
            String kind, String subject, @Nullable Remedy remedy) {
        private static final Pattern PLACE = Pattern.compile("/[A-Za-z]{1,40}(/[A-Za-z]{1,40})?");

        /** Returns true if a setting allows it that is not root on the host. */
        public boolean isAllowable() {
            return remedy != null && !remedy.isRoot();
        }

        /** Returns the setting as a part without words. */
        static Need of(Remedy remedy) {
            return new Need(kind(remedy), "", remedy);
        }

        public static Need of(Violation violation) {
            Remedy remedy = violation.remedy();
            if (remedy != null && remedy.value().contains(Marker.TEXT)) { // a path that MASK has replaced
                remedy = null;
            }
            String subject = PrintableText.oneLine(violation.subject());
            return new Need(
                    remedy == null ? "no-" + violation.kind() + place(violation.pointer()) : kind(remedy),
                    subject.length() > LONGEST ? subject.substring(0, LONGEST) + "..." : subject,
                    remedy);
        }

        /** Clients choose the value of what is root on the host. */
        private static String kind(Remedy remedy) {
            return remedy.isRoot() ? "no-" + remedy.assignment().replaceFirst("(?s)[:/].*", "") : remedy.assignment();
        }

        /** Returns the first names of a pointer; the names of the API have only letters. */
        private static String place(String pointer) {
            Matcher place = PLACE.matcher(pointer);
            return place.lookingAt() ? place.group() : "";
        }
    }

    public Denial {
        alternatives = List.copyOf(alternatives);
        needs = List.copyOf(needs);
    }

    /** Returns true if only the ledger has the denial; then the path is the template of the operation. */
    public boolean isCounted() {
        return exchange == 0;
    }

    /** @param remedies settings that would have allowed the request together, beside those of the decision */
    static Denial of(
            BeginRecord begun,
            @Nullable String extension,
            @Nullable Decision decision,
            List<Remedy> remedies,
            Instant time) {
        return new Denial(
                time,
                begun.id(),
                begun.client().name(),
                PrintableText.escape(begun.method(), LONGEST),
                PrintableText.escape(begun.path(), LONGEST),
                begun.operation(),
                decision != null && decision.isWrite(),
                extension == null ? begun.reason() : begun.reason() + " " + extension,
                decision == null || extension != null ? List.of() : decision.alternatives(),
                1,
                begun.detail() == null ? "" : PrintableText.escape(begun.detail(), LONGEST),
                needs(decision, remedies));
    }

    private static List<Need> needs(@Nullable Decision decision, List<Remedy> remedies) {
        List<Need> needs = Stream.concat(
                        decision == null
                                ? Stream.of()
                                : decision.violations().stream().map(Need::of),
                        remedies.stream().map(Need::of))
                .distinct()
                .toList();
        return needs.size() <= MOST_NEEDS
                ? needs
                : List.of(
                        new Need("no-number", "it has more than " + MOST_NEEDS + " parts that are not allowed", null));
    }
}
