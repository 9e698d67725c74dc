package org.socketproxy.usage;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what the policy in {@code SHADOW_POLICY} would deny, since it was read.
 *
 * <p>Threading: thread-safe.
 *
 * <p>Security: bounded by {@link #MOST}; profiles, operations and reasons come from the proxy's tables.
 */
public final class ShadowCounts {
    private static final int MOST = 1000;

    private final Instant since = Instant.now();
    private final LongAdder judged = new LongAdder();
    private final Map<Skip, LongAdder> skipped = new EnumMap<>(Skip.class);
    private final Map<Key, ShadowDenial> denials = new ConcurrentHashMap<>();
    private final Map<Key, ShadowList> lists = new ConcurrentHashMap<>();

    /** Cause for which a part of the policy was not applied to an exchange. */
    public enum Skip {
        BODY("bodies were not judged, because they were too large, or did not come to their end"),
        LOAD("bodies and lists were not judged, because too many came at the same time"),
        LIST("lists were not counted, because they were too large, compressed, or not whole"),
        DAEMON("objects were not judged, because the daemon was not asked about them"),
        RECREATE("bodies were not judged, because CREATE_ALLOW=recreate could allow them"),
        FAILURE("requests could not be judged; see the log");

        private final String words;

        Skip(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }

        /** Returns the name in lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param detail reason of a denial, or noun for the elements of a list */
    private record Key(String profile, String operation, String detail) {}

    /**
     * Exchanges that the policy would deny for one reason.
     *
     * @param profile the profile in force
     * @param sentence the message of the last denial, which says what would allow it
     * @param client the client of the last one
     */
    public record ShadowDenial(
            String profile,
            String operation,
            String reason,
            long count,
            Instant last,
            String client,
            String sentence) {}

    /**
     * Responses with a list of which the policy would hide elements.
     *
     * @param profile the profile in force
     * @param count number of such responses
     * @param hidden number of hidden elements of all of them
     * @param lastHidden number of hidden elements of the last one
     * @param lastOf number of all elements of the last one
     * @param noun noun for an element, such as {@code container}
     * @param client the client of the last one
     */
    public record ShadowList(
            String profile,
            String operation,
            long count,
            long hidden,
            int lastHidden,
            int lastOf,
            String noun,
            Instant last,
            String client) {}

    /**
     * The counts at one time.
     *
     * @param denials the most frequent first
     * @param lists by profile and operation
     */
    public record Snapshot(
            Instant since, long judged, Map<Skip, Long> skipped, List<ShadowDenial> denials, List<ShadowList> lists) {
        public Snapshot {
            skipped = Map.copyOf(skipped);
            denials = List.copyOf(denials);
            lists = List.copyOf(lists);
        }
    }

    public ShadowCounts() {
        for (Skip each : Skip.values()) {
            skipped.put(each, new LongAdder());
        }
    }

    /** Counts an exchange that the policy was applied to. */
    public void judged() {
        judged.increment();
    }

    @SuppressWarnings("NullAway") // the map has all constants
    public void skipped(Skip cause) {
        skipped.get(cause).increment();
    }

    /** Counts an exchange that the policy would deny. */
    public void denied(String profile, String operation, String reason, String client, String sentence) {
        Key key = new Key(profile, operation, reason);
        if (denials.size() < MOST || denials.containsKey(key)) {
            denials.merge(
                    key,
                    new ShadowDenial(profile, operation, reason, 1, Instant.now(), client, sentence),
                    (before, one) ->
                            new ShadowDenial(profile, operation, reason, before.count + 1, one.last, client, sentence));
        }
    }

    /**
     * Counts a response of which the policy would hide elements.
     *
     * @param of number of all elements
     * @param noun noun for an element
     */
    public void hidden(String profile, String operation, int hidden, int of, String noun, String client) {
        Key key = new Key(profile, operation, noun);
        if (lists.size() < MOST || lists.containsKey(key)) {
            lists.merge(
                    key,
                    new ShadowList(profile, operation, 1, hidden, hidden, of, noun, Instant.now(), client),
                    (before, one) -> new ShadowList(
                            profile,
                            operation,
                            before.count + 1,
                            before.hidden + hidden,
                            hidden,
                            of,
                            noun,
                            one.last,
                            client));
        }
    }

    public Snapshot snapshot() {
        Map<Skip, Long> left = new EnumMap<>(Skip.class);
        skipped.forEach((cause, count) -> left.put(cause, count.sum()));
        return new Snapshot(
                since,
                judged.sum(),
                left,
                denials.values().stream()
                        .sorted(Comparator.comparingLong(ShadowDenial::count)
                                .reversed()
                                .thenComparing(ShadowDenial::profile)
                                .thenComparing(ShadowDenial::operation)
                                .thenComparing(ShadowDenial::reason))
                        .toList(),
                lists.values().stream()
                        .sorted(Comparator.comparing(ShadowList::profile).thenComparing(ShadowList::operation))
                        .toList());
    }
}
