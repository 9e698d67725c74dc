package org.socketproxy.status;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.status.StatusSource.StatusFacts.ShadowFacts;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.RecentExchange;
import org.socketproxy.usage.Usage.RequestCount;

/**
 * View model of the templates. Has points in time and no durations, so that an unchanged page keeps its ETag.
 *
 * @param newest id of the last denied exchange, or 0
 * @param news sentence about the last denial, for screen readers
 */
public record StatusPage(
        ProxySetup setup,
        StatusFacts.DaemonFacts daemon,
        Summary summary,
        ShownApi api,
        ApiMap map,
        List<DenialSection> denials,
        List<ClientRow> clients,
        SuggestSection suggest,
        PageQuery query,
        long newest,
        String news,
        List<VariableRow> variables,
        Instant countedSince,
        List<StreamRow> activeExchanges,
        ActivitySection activity,
        @Nullable ShadowFacts shadow) {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int MOST_CLIENTS = 20;
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    static StatusPage of(StatusFacts facts, PageQuery query) {
        ProxySetup setup = facts.setup();
        List<Denial> denials = facts.usage().denials();
        Set<String> deniedClients = denials.stream().map(Denial::client).collect(Collectors.toSet());
        Map<String, String> presets = facts.presets().of(facts.usage().clients(), deniedClients);
        ShownApi api = ShownApi.of(facts.daemon().name());
        List<DenialSection> sections = DenialSection.of(
                facts.usage().denialGroups(setup.profile(), facts.least().catalogue()), facts, api, presets);
        return new StatusPage(
                setup,
                facts.daemon(),
                Summary.of(facts),
                api,
                ApiMap.of(facts.operations(), setup.profile(), facts.usage()),
                sections,
                ClientRow.of(facts, MOST_CLIENTS),
                SuggestSection.of(facts, query),
                query,
                denials.isEmpty() ? 0 : denials.get(0).exchange(),
                denials.isEmpty() ? "" : news(denials.get(0), sections.get(0)),
                VariableRow.of(setup, facts.usage(), facts.least().catalogue()),
                facts.usage().since(),
                StreamRow.of(facts.activeExchanges(), facts.operations()),
                ActivitySection.of(facts.recent(), query),
                facts.shadow());
    }

    private static String news(Denial denial, DenialSection group) {
        String request = denial.operation() == null ? denial.method() + " " + denial.path() : denial.operation();
        String solution = group.alternatives().isEmpty()
                ? group.why()
                : group.alternatives().get(0).words() + " would allow it.";
        return "Denied: " + request + ", requested by " + denial.client() + ". " + solution;
    }

    /** Returns the number of requests to which a part of the shadow policy was not applied, by its cause in words. */
    public Map<String, Long> shadowSkipped() {
        Map<String, Long> words = new TreeMap<>();
        if (shadow != null) {
            shadow.counts().skipped().forEach((cause, count) -> {
                if (count > 0) {
                    words.put(cause.words(), count);
                }
            });
        }
        return words;
    }

    public int moreClients() {
        return summary.clients() + (summary.hasMoreClients() ? 1 : 0) - clients.size();
    }

    /** Returns the variables that are on and have not been used since {@link #countedSince}. */
    public List<VariableRow> unused() {
        return variables.stream()
                .filter(VariableRow::isUnused)
                .filter(row -> api.has(row.name()) || !row.isOnByDefault())
                .toList();
    }

    /** Returns the line that turns off a default, or the line to remove. */
    public String revocation(VariableRow row) {
        return setup.form().line(row.name(), !row.isOnByDefault());
    }

    /** Returns the text of {@link #revocation} for a screen reader. */
    public String revocationInWords(VariableRow row) {
        return setup.form().words(row.name(), !row.isOnByDefault());
    }

    /** Returns the rules of {@code CREATE=safe}; empty without them. */
    public List<CreateSummary.Line> create() {
        return CreateSummary.of(setup.profile().create());
    }

    /** Returns the rules of {@code EXEC_ALLOW}; empty without them. */
    public List<CreateSummary.Line> exec() {
        return ExecRules.summary(setup.profile().exec());
    }

    /** Returns the rules for objects that clients change; empty without them. */
    public List<String> writes() {
        return setup.profile().writes().summary();
    }

    public List<MaskSelection.Line> mask() {
        return setup.profile().mask().selection().lines();
    }

    public List<VariableRow> variables(ShownApi of, boolean isOn) {
        return variables.stream()
                .filter(row -> of.has(row.name()) && row.isOn() == isOn)
                .toList();
    }

    public List<ApiMap.Section> sections(ShownApi of) {
        return of == ShownApi.DOCKER ? map.docker() : map.podman();
    }

    /** Returns the number of allowed operations, such as {@code 10 of 124}. */
    public String allowed(ShownApi of) {
        return ApiMap.total(sections(of), ApiMap.State.ALLOWED) + " of " + ApiMap.size(sections(of));
    }

    public static String clock(Instant instant) {
        return CLOCK.format(instant);
    }

    /** Formats with a decimal unit, such as {@code 1.5 MB}. */
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1000) {
            value /= 1000;
            unit++;
        }
        return (unit == 0 ? bytes : String.format(Locale.ROOT, "%.1f", value)) + " " + UNITS[unit];
    }

    /** Formats with two units at most, such as {@code 7 ms}, {@code 1.2 s}, {@code 3 min 20 s} or {@code 2 d 4 h}. */
    public static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 1) {
            return duration.toMillis() + " ms";
        } else if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", Math.floor(duration.toMillis() / 100.0) / 10);
        } else if (seconds < 3600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        return seconds < 86_400
                ? seconds / 3600 + " h " + seconds / 60 % 60 + " min"
                : seconds / 86_400 + " d " + seconds / 3600 % 24 + " h";
    }

    /** Formats with separators, such as {@code 4,182}. */
    public static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Returns {@code 1 operation} or {@code 3 operations}. */
    public static String count(long count, String noun) {
        String plural = noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
        return count + " " + (count == 1 ? noun : plural);
    }

    /**
     * The exchanges that ended last, filtered by {@link PageQuery}.
     *
     * @param rows at most {@link #MOST}, the newest first
     * @param matching number of kept exchanges that the filter selects
     */
    public record ActivitySection(List<RecentExchange> rows, int matching, int kept) {
        private static final int MOST = 50;

        public ActivitySection {
            rows = List.copyOf(rows);
        }

        static ActivitySection of(List<RecentExchange> recent, PageQuery query) {
            List<RecentExchange> matching = recent.stream()
                    .filter(exchange -> query.shown().includes(exchange.result()))
                    .filter(exchange -> contains(exchange, query.text().toLowerCase(Locale.ROOT)))
                    .toList();
            return new ActivitySection(
                    matching.subList(0, Math.min(MOST, matching.size())), matching.size(), recent.size());
        }

        private static boolean contains(RecentExchange exchange, String text) {
            String words = exchange.client() + " " + exchange.operation() + " " + exchange.method() + " "
                    + exchange.path() + " " + exchange.reason() + " " + exchange.status();
            return words.toLowerCase(Locale.ROOT).contains(text);
        }
    }

    /** The numbers at the top of the page; there were more clients if the ledger has evicted some. */
    public record Summary(
            RequestCount now,
            RequestCount hour,
            HistoryPlot plot,
            int clients,
            boolean hasMoreClients,
            ActiveExchanges.Counts open) {
        public static final int MINUTES_OF_NOW = 5;

        static Summary of(StatusFacts facts) {
            List<RequestCount> minutes = facts.lastHour();
            boolean hasMore = facts.usage().clients().stream().anyMatch(client -> client.isOthers());
            return new Summary(
                    RequestCount.sum(minutes.subList(Math.max(0, minutes.size() - MINUTES_OF_NOW), minutes.size())),
                    RequestCount.sum(minutes),
                    HistoryPlot.of(minutes),
                    facts.usage().clients().size() - (hasMore ? 1 : 0),
                    hasMore,
                    facts.open());
        }
    }
}
