package org.socketproxy.status;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Actions;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.advice.CoveringPresets.Offer;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.status.StatusSource.StatusFacts.ShadowFacts;
import org.socketproxy.usage.Denial;

/**
 * View model of the templates. Has points in time and no durations, so that an unchanged page keeps its ETag.
 *
 * @param newest id of the last denied exchange, or 0
 * @param news sentence about the last denial, for screen readers
 * @param moreDenials number of older denials that the page leaves out
 * @param moreStreams number of newer streams and tunnels that the page leaves out
 * @param overview the profiles of a policy file on the page of all of them; empty on the page of one
 * @param facts of each shown profile, at least one
 */
public record StatusPage(
        ProxySetup setup,
        StatusFacts.DaemonFacts daemon,
        Summary summary,
        ShownApi api,
        ApiMap map,
        List<DenialSection> denials,
        int moreDenials,
        List<ClientRow> clients,
        SuggestSection suggest,
        PageQuery query,
        long newest,
        String news,
        List<VariableRow> variables,
        Instant countedSince,
        List<StreamRow> streams,
        int moreStreams,
        ActivitySection activity,
        @Nullable ShadowFacts shadow,
        List<ProfileRow> overview,
        List<StatusFacts> facts) {

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int MOST_CLIENTS = 20;
    /** Number of denials on the page of all profiles. */
    static final int MOST_DENIALS = 40;

    private static final int MOST_STREAMS = 50;

    /** Number of denials and of clients that are not folded. */
    public static final int MOST_ROWS = 5;

    /** The same for denials above the table of profiles. */
    public static final int FEWER_ROWS = 3;

    /** Number of profiles whose links are not folded. */
    public static final int MOST_LINKS = 8;

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    static StatusPage of(StatusFacts facts, PageQuery query) {
        ShownApi api = ShownApi.of(facts.daemon().name());
        Set<String> deniedClients =
                facts.usage().denials().stream().map(Denial::client).collect(Collectors.toSet());
        Map<String, Offer> presets = facts.presets().of(facts.usage().clients(), deniedClients);
        return of(
                List.of(facts),
                ApiMap.of(facts.operations(), facts.setup().profile(), facts.usage()),
                facts.denialGroups().stream()
                        .map(each -> DenialSection.of(each, facts, api, presets))
                        .toList(),
                0,
                ClientRow.of(facts, MOST_CLIENTS),
                SuggestSection.of(facts, query),
                List.of(),
                query);
    }

    /**
     * Returns the page of all profiles of a policy file. The facts of the daemon and of the program are those of the first one.
     *
     * @param all at least one
     */
    static StatusPage overview(List<StatusFacts> all, PageQuery query) {
        ShownApi api = ShownApi.of(all.get(0).daemon().name());
        List<JointDenials> groups = JointDenials.of(all);
        List<DenialSection> denials = groups.stream()
                .limit(MOST_DENIALS)
                .map(each -> each.section(api))
                .toList();
        return of(
                all,
                ApiMap.NONE,
                denials,
                groups.size() - denials.size(),
                List.of(),
                SuggestSection.NONE,
                ProfileRow.of(all, query.span(), Notes.of(setups(all))),
                query);
    }

    private static List<ProxySetup> setups(List<StatusFacts> all) {
        return all.stream().map(StatusFacts::setup).toList();
    }

    private static StatusPage of(
            List<StatusFacts> all,
            ApiMap map,
            List<DenialSection> sections,
            int moreDenials,
            List<ClientRow> clients,
            SuggestSection suggest,
            List<ProfileRow> overview,
            PageQuery query) {
        StatusFacts facts = all.get(0);
        ProxySetup setup = facts.setup();
        Denial newest = all.stream()
                .flatMap(each -> each.usage().denials().stream().limit(1))
                .max(Comparator.comparing(Denial::time).thenComparing(Denial::exchange))
                .orElse(null);
        List<StreamRow.Group> streams =
                all.stream().flatMap(each -> StreamRow.groups(each).stream()).toList();
        return new StatusPage(
                setup,
                facts.daemon(),
                Summary.of(all, query.span()),
                ShownApi.of(facts.daemon().name()),
                map,
                sections,
                moreDenials,
                clients,
                suggest,
                query,
                newest == null ? 0 : newest.exchange(),
                newest == null ? "" : news(newest, sections.get(0)),
                VariableRow.of(setup, facts.usage(), facts.least().catalogue()),
                facts.usage().since(),
                streams.stream().limit(MOST_STREAMS).map(StreamRow.Group::row).toList(),
                Math.max(0, streams.size() - MOST_STREAMS),
                ActivitySection.of(all, query),
                facts.shadow(),
                overview,
                all);
    }

    private static String news(Denial denial, DenialSection group) {
        String request = denial.operation() == null
                ? denial.method() + " " + denial.path()
                : Actions.of(denial.operation()) + " (" + denial.operation() + ")";
        String solution = group.alternatives().isEmpty()
                ? group.why()
                : group.alternatives().get(0).words() + " would allow it.";
        return "Denied: " + request + ", requested by " + denial.client() + ". " + solution;
    }

    public boolean isOverview() {
        return !overview.isEmpty();
    }

    /** Returns true before the first request. */
    public boolean isUnused() {
        return denials.isEmpty()
                && facts.stream().allMatch(each -> each.usage().clients().isEmpty());
    }

    /** Returns the denials that a change of the configuration can allow; first those with a line that is still missing. */
    public List<DenialSection> open() {
        return denials.stream()
                .filter(denial -> !denial.isFinal())
                .sorted(Comparator.comparing(DenialSection::isAllowedNow)
                        .thenComparing(denial -> denial.alternatives().isEmpty()))
                .toList();
    }

    /** Returns the denials that no configuration allows. */
    public List<DenialSection> refused() {
        return denials.stream().filter(DenialSection::isFinal).toList();
    }

    /** Returns {@code Learned} if learn mode forwards what the variables of the shown profiles deny. */
    public String deniedWord() {
        int learning = learning().size();
        return learning == 0 ? "Denied" : learning == facts.size() ? "Learned" : "Denied or learned";
    }

    /** Returns the remaining minutes of learn mode by the name of the profile. */
    public Map<String, Long> learning() {
        Map<String, Long> minutes = new TreeMap<>();
        for (StatusFacts each : facts) {
            if (each.setup().learningMinutes() > 0) {
                minutes.put(each.setup().profile().origin().name(), each.setup().learningMinutes());
            }
        }
        return minutes;
    }

    /** Returns the sentences at the top: those about one profile stand in its row of the overview. */
    public List<String> notes() {
        Notes notes = Notes.of(setups(facts));
        List<String> own =
                isOverview() ? List.of() : notes.of(setup.profile().origin().name());
        return Stream.concat(notes.common().stream(), own.stream()).toList();
    }

    public Headline headline() {
        return isOverview() ? Headline.of(overview) : Headline.of(setup.risk());
    }

    /** Returns the objects to which the profile is confined; empty for all objects. */
    public List<String> targets() {
        return ProfileRow.targets(setup);
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

    /** Returns the objects of the profile, the rules for objects that clients change, and the limits; empty without them. */
    public List<String> writes() {
        Profile profile = setup.profile();
        return Stream.of(ofTargets(profile), profile.writes().summary(), limits(profile))
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> ofTargets(Profile profile) {
        Scope targets = profile.targets();
        return targets == null ? List.of() : List.of("TARGETS=" + String.join(",", targets.texts()));
    }

    private static List<String> limits(Profile profile) {
        return profile.limits().assignments().stream()
                .map(limit -> "max " + limit)
                .toList();
    }

    /** Returns all rules beside the variables, one assignment each. */
    public static List<String> rules(Profile profile) {
        List<String> rules = new ArrayList<>();
        CreateSummary.of(profile.create()).forEach(line -> rules.add(line.assignment()));
        ExecRules.summary(profile.exec()).forEach(line -> rules.add(line.assignment()));
        rules.addAll(ofTargets(profile));
        rules.addAll(profile.writes().summary());
        if (!profile.mask().groups().isEmpty()) {
            rules.add(profile.mask().selection().assignment());
        }
        rules.addAll(limits(profile));
        return rules;
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

    public long operations(ShownApi of) {
        return ApiMap.size(sections(of));
    }

    public long allowedOperations(ShownApi of) {
        return ApiMap.total(sections(of), ApiMap.State.ALLOWED);
    }

    /** Returns the number of allowed operations, such as {@code 10 of 124}. */
    public String allowed(ShownApi of) {
        return allowedOperations(of) + " of " + operations(of);
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

    /** Returns {@code once} or {@code 1,200 times}. */
    public static String times(long count) {
        return count == 1 ? "once" : number(count) + " times";
    }

    /** Returns {@code 1 operation} or {@code 3 operations}. */
    public static String count(long count, String noun) {
        String plural = noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
        return count + " " + (count == 1 ? noun : plural);
    }
}
