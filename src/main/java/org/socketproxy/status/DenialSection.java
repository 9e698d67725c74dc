package org.socketproxy.status;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.CoveringPresets.Offer;
import org.socketproxy.policy.advice.DangerLevel;
import org.socketproxy.policy.advice.Dangers;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.table.Table;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.DenialGroup;
import org.socketproxy.usage.Usage;

/**
 * A group of denials that the same variables would allow, or that no variable would and that have the same reason.
 *
 * @param id stable HTML id
 * @param profiles names of the profiles of the clients
 * @param alternatives sets of variables that would allow them, narrowest first; may be empty
 * @param why explanation if no variable would allow them, else empty
 * @param isFinal whether no variable and no setting allows them
 * @param note hint to read before following an alternative, or empty
 * @param clients number of denials by client, newest first
 * @param presets clients of these denials by the assignment of the preset that covers all their requests
 */
public record DenialSection(
        String id,
        List<String> profiles,
        List<Alternative> alternatives,
        String why,
        String note,
        boolean isAllowedNow,
        boolean isFinal,
        List<DeniedRequest> requests,
        Map<String, Long> clients,
        int count,
        Instant newest,
        Map<String, List<String>> presets) {
    /** Reasons of requests that the proxy denies with every configuration. */
    private static final Set<Reason> FINAL = EnumSet.of(
            Reason.NEVER,
            Reason.UNLISTED,
            Reason.BROWSER,
            Reason.VERSION_TOO_OLD,
            Reason.PARAMETER_PATH,
            Reason.PARAMETER_DRIVER,
            Reason.PARAMETER_PRIVILEGE,
            Reason.PARAMETER_UNKNOWN,
            Reason.PARAMETER_VALUE,
            Reason.BODY_REFUSED,
            Reason.FORM_BODY,
            Reason.CREATE_FORM,
            Reason.MASKED_VALUE,
            Reason.MASKED_FILTER);

    /** The code of each {@link Reason} with its explanation. */
    static final List<String[]> EXPLANATIONS =
            new Table<>("explanations.tsv", "code text", cells -> cells).load(DenialSection.class);

    private static final int FIRST_CLIENTS = 3;
    private static final int LONGEST_ID = 100;

    /** Returns the denials of several profiles. */
    DenialSection of(List<String> names) {
        return new DenialSection(
                id, names, alternatives, why, note, isAllowedNow, isFinal, requests, clients, count, newest, presets);
    }

    /** Returns names such as {@code profile ci} or {@code profiles ci, web, db and 4 more}. */
    public String profilesInWords() {
        String first = profiles.stream().limit(FIRST_CLIENTS).collect(Collectors.joining(", "));
        return (profiles.size() == 1 ? "profile " : "profiles ")
                + first
                + (profiles.size() > FIRST_CLIENTS ? " and " + (profiles.size() - FIRST_CLIENTS) + " more" : "");
    }

    /** Returns the clients of the newest denials, at most {@value #FIRST_CLIENTS}. */
    public List<Map.Entry<String, Long>> firstClients() {
        return clients.entrySet().stream().limit(FIRST_CLIENTS).toList();
    }

    /**
     * Variables that would allow the denied requests.
     *
     * @param lines lines to copy, such as {@code - IMAGES=1}, first those of settings
     * @param words the assignments in one line, without the syntax of a list
     * @param alone what the variables would make possible without the settings; or empty
     * @param opens number of operations of the shown API that they would allow in addition
     * @param level gain of a hostile client by the narrowest set, or null; wider sets are not judged
     */
    public record Alternative(
            List<String> lines,
            String words,
            String alone,
            int opens,
            @Nullable DangerLevel level,
            List<String> dangers) {
        public String text() {
            return String.join("\n", lines);
        }
    }

    /**
     * A denied request.
     *
     * @param operation empty for an unknown operation
     * @param isTemplate whether the path is a template, because the ledger keeps no path
     */
    public record DeniedRequest(String operation, String request, boolean isTemplate, long count) {
        static DeniedRequest once(Denial denial) {
            String operation = denial.operation() == null ? "" : denial.operation();
            String subjects = denial.needs().stream()
                    .map(Denial.Need::subject)
                    .filter(subject -> !subject.isEmpty())
                    .limit(FIRST_CLIENTS)
                    .collect(Collectors.joining("; "));
            String parts = subjects.isEmpty() ? denial.detail() : subjects;
            String field = parts.isEmpty() ? "" : " (" + parts + ")";
            return new DeniedRequest(operation, denial.method() + " " + denial.path() + field, denial.isCounted(), 1);
        }

        DeniedRequest times(long times) {
            return new DeniedRequest(operation, request, isTemplate, times);
        }
    }

    /** @param presets the preset that covers the requests of a client */
    static DenialSection of(DenialGroup group, StatusFacts facts, ShownApi api, Map<String, Offer> presets) {
        ProxySetup setup = facts.setup();
        Set<String> granted = setup.granted();
        int open = setup.profile().policy().withGranted(granted).opens(api.operations());
        List<Operation> operations = group.operations().stream()
                .flatMap(id -> facts.least().catalogue().byId(id).stream())
                .toList();
        List<Alternative> alternatives = new ArrayList<>();
        for (Decision.Alternative alternative : group.alternatives()) {
            alternatives.add(toAlternative(alternative, operations, facts, api, open, alternatives.isEmpty()));
        }
        NeededSettings needed = new NeededSettings(group.needs(), setup.profile(), setup.form());
        Alternative line = alternatives.isEmpty() ? needed.alternative() : null;
        String key = alternatives.isEmpty()
                ? group.reason()
                : alternatives.stream().map(Alternative::words).collect(Collectors.joining("--"));
        List<Remedy> settings = line == null && !alternatives.isEmpty()
                ? group.alternatives().get(0).settings()
                : needed.remedies();
        boolean isWithOwn = (line != null || !alternatives.isEmpty())
                && !NeededSettings.kept(settings, setup.profile(), setup.form()).isEmpty();
        String refusal = line == null ? needed.refusal() : "";
        boolean isFinal = alternatives.isEmpty() && isFinal(group.reason());
        String why = !alternatives.isEmpty() || line != null
                ? ""
                : refusal.isEmpty() ? explanation(group.reason()) : refusal;
        String note = isOptional(group, group.clients(), facts.usage())
                ? "Perhaps optional: the client went on without it."
                : Stream.of(
                                alternatives.isEmpty() ? "" : refusal,
                                group.isRest()
                                        ? "Its clients sent further kinds of requests; the log names the line of each."
                                        : "",
                                isWithOwn ? "The line has what the profile has: put it in place of that." : "",
                                note(group, granted, setup.form()))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(" "));
        boolean isAllowedNow = alternatives.isEmpty()
                ? !group.needs().isEmpty()
                        && needed.areGiven()
                        && operations.stream().allMatch(setup.profile()::allows)
                : needed.areGiven() && isAllowedNow(group, setup, operations);
        if (line != null) {
            alternatives.add(line);
        }
        String profile = setup.profile().origin().name();
        String scope = setup.profile().origin().isOfFile() ? "-" + profile : "";
        return new DenialSection(
                id(scope + "-" + key + (group.isRest() ? "-rest" : ""), group.kinds()),
                List.of(profile),
                alternatives,
                why,
                note,
                isAllowedNow,
                isFinal,
                count(group.denials(), DeniedRequest::once).entrySet().stream()
                        .map(entry -> entry.getKey().times(entry.getValue()))
                        .toList(),
                count(group.denials(), denial -> ClientRow.label(denial.client(), denial.time(), facts)),
                (int) group.denials().stream().mapToLong(Denial::times).sum(),
                group.denials().get(0).time(),
                group.clients().stream()
                        .filter(presets::containsKey)
                        // A preset can lack what its client goes on without.
                        .filter(client -> !isOptional(group, Set.of(client), facts.usage()))
                        .collect(Collectors.groupingBy(
                                client -> words(presets, client, setup), LinkedHashMap::new, Collectors.toList())));
    }

    /** Returns an HTML id; names of clients can differ only in characters that it does not have. */
    private static String id(String key, List<String> kinds) {
        String id = ("denied" + key).replaceAll("[^A-Za-z0-9_-]+", "-");
        boolean isShort = id.length() <= LONGEST_ID;
        return kinds.isEmpty() && isShort
                ? id
                : (isShort ? id : id.substring(0, LONGEST_ID)) + "-" + Integer.toHexString((key + kinds).hashCode());
    }

    /**
     * Returns true if the profile allows by now what it has denied for lack of variables or of an id in {@code allow}. Under
     * {@code CREATE=safe} the bodies also need settings.
     */
    private static boolean isAllowedNow(DenialGroup group, ProxySetup setup, List<Operation> operations) {
        CreateRules create = setup.profile().create();
        if (create != null && group.isBodyDenied(create)) {
            return false;
        }
        return group.alternatives().stream()
                .anyMatch(each -> each.missing().isEmpty()
                        ? operations.stream().allMatch(setup.profile()::allows)
                        : setup.granted().containsAll(each.missing()));
    }

    private static String words(Map<String, Offer> presets, String client, ProxySetup setup) {
        return Objects.requireNonNull(presets.get(client)).words(setup.form());
    }

    /** @param open number of operations that the profile allows */
    private static Alternative toAlternative(
            Decision.Alternative alternative,
            List<Operation> operations,
            StatusFacts facts,
            ShownApi api,
            int open,
            boolean isNarrowest) {
        ProxySetup setup = facts.setup();
        if (alternative.missing().isEmpty() && !operations.isEmpty()) {
            return byId(alternative, operations.get(0), facts);
        }
        Policy policy = setup.profile().policy();
        Set<String> missing = Set.copyOf(alternative.missing());
        Set<String> widened = new HashSet<>(setup.granted());
        widened.addAll(missing);
        OperationCatalogue catalogue = facts.least().catalogue();
        Profile advised = alternative.settings().isEmpty()
                ? setup.profile()
                : setup.profile().remedies().safest(widened, operations).profile();
        DangerLevel worst = isNarrowest ? DangerLevel.of(missing, advised, catalogue) : null;
        List<String> ofSettings =
                isNarrowest ? NeededSettings.dangers(alternative.settings(), setup.form()) : List.of();
        List<String> dangers = Stream.concat(
                        ofSettings.stream(),
                        isNarrowest
                                ? Dangers.added(facts.least().variables().all(), advised, missing, catalogue).stream()
                                : Stream.empty())
                .toList();
        return new Alternative(
                setup.form()
                        .lines(
                                NeededSettings.complete(alternative.settings(), setup.profile(), setup.form()),
                                alternative.missing()),
                alternative.words(setup.form()),
                alternative.settings().isEmpty() || !isNarrowest
                        ? ""
                        : alternative.variables(setup.form()) + " alone: " + alternative.danger(),
                policy.withGranted(widened).opens(api.operations()) - open,
                level(worst, !ofSettings.isEmpty(), !dangers.isEmpty()),
                dangers);
    }

    private static @Nullable DangerLevel level(@Nullable DangerLevel worst, boolean isOfSettings, boolean isDangerous) {
        if (isOfSettings && worst != DangerLevel.HIGH) {
            return DangerLevel.MEDIUM;
        }
        return worst == null && isDangerous ? DangerLevel.LOW : worst;
    }

    private static Alternative byId(Decision.Alternative alternative, Operation operation, StatusFacts facts) {
        ProxySetup setup = facts.setup();
        return new Alternative(
                setup.form().lines(alternative.settings(), List.of()),
                alternative.words(setup.form()),
                "",
                alternative.opens(),
                DangerLevel.of(operation, setup.profile(), facts.least().catalogue()),
                alternative.danger().isEmpty() ? List.of() : List.of(alternative.danger()));
    }

    /** Counts denials by key, in the order of the newest denial of each key. */
    private static <K> Map<K, Long> count(List<Denial> denials, Function<Denial, K> key) {
        return denials.stream()
                .collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.summingLong(Denial::times)));
    }

    /** Returns whether nothing in the configuration allows requests with this reason code. */
    private static boolean isFinal(String code) {
        return Reason.of(code)
                .map(reason -> FINAL.contains(reason) || reason.compareTo(Reason.TARGET_OUTSIDE) >= 0)
                .orElse(true);
    }

    /** @param code reason code of the audit record; of an extension followed by a blank and the extension's name */
    static String explanation(String code) {
        int blank = code.indexOf(' ');
        if (blank >= 0) {
            String extension = code.substring(blank + 1);
            return code.startsWith("extension ")
                    ? "The extension " + extension + " denied it, and no variable changes that."
                    : "The extension " + extension + " failed, so the proxy denied the request; see the proxy's log.";
        }
        return EXPLANATIONS.stream()
                .filter(row -> row[0].equals(code))
                .map(row -> row[1])
                .findFirst()
                .orElse("The proxy could not check the request (" + code + "); see the proxy's log.");
    }

    /** Returns true if each of these clients goes on without each operation of the group. */
    private static boolean isOptional(DenialGroup group, Collection<String> clients, Usage usage) {
        List<String> operations = group.operations();
        List<Usage.ClientOperation> used = usage.clients().stream()
                .filter(client -> clients.contains(client.client()))
                .flatMap(client -> client.operations().stream())
                .filter(each -> each.denied() > 0 && operations.contains(each.operation()))
                .toList();
        return !used.isEmpty() && used.stream().allMatch(Usage.ClientOperation::isOptional);
    }

    /**
     * Returns a hint for denials of buildx, which otherwise pulls an image and runs a container as a driver, or for an operation that
     * Tecnativa's proxy allows with the same variables; or empty.
     */
    private static String note(DenialGroup group, Set<String> granted, AssignmentForm form) {
        if (form != AssignmentForm.POLICY_FILE // which excludes COMPAT
                && granted.contains("CONTAINERS")
                && group.alternatives().stream()
                        .anyMatch(each -> Variables.ON_IN_TECNATIVA.containsAll(each.missing()))) {
            return "Unlike in Tecnativa's proxy, CONTAINERS does not allow logs, top, diff, cp and export. COMPAT=tecnativa"
                    + " allows all of them.";
        }
        String missing = Variables.BUILDKIT.stream()
                .filter(name -> !granted.contains(name))
                .map(name -> form.words(name, true))
                .collect(Collectors.joining(" and "));
        boolean isHidden = group.operations().stream()
                .map(OperationRules.all()::get)
                .anyMatch(rules -> rules != null && rules.traits().contains(Trait.HIDES_DENIAL));
        if (isHidden) {
            return (missing.isEmpty() ? "" : "docker build needs all of these: " + missing + ". ")
                    + "buildx hides this denial, uses another driver and reports an error of a registry.";
        }
        if (missing.isEmpty()) {
            return "";
        }
        return group.denials().stream().anyMatch(denial -> denial.path().contains("buildkit"))
                ? "docker build sends this request only because BuildKit's API is denied: set " + missing + " instead."
                : "";
    }
}
