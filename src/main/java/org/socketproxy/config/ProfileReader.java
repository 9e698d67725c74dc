package org.socketproxy.config;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ProfileSettings.Grants;
import org.socketproxy.config.ProfileSettings.Rules;
import org.socketproxy.config.ProfileSettings.Validity;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.OperationExceptions;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy.Term;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.mask.MaskSelection;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.WriteRules;
import org.socketproxy.policy.value.ProfileValues;
import org.socketproxy.table.NearestName;
import org.socketproxy.yaml.YamlValue;

/**
 * Reads one profile of the policy file: turns its keys into variables and settings for the readers of the environment.
 */
final class ProfileReader {
    private static final List<String> KEYS = Stream.of(
                    Stream.of("clients", "preset", "variables", "allow", "deny", "create", "exec", "targets"),
                    Stream.of("write-targets", "mask", "mask-keep"),
                    Setting.keys().keySet().stream().map(Setting::yamlKey).filter(ProfileKeys.all()::containsValue),
                    Stream.of("build", "learn", "max", "until", "trusts"))
            .flatMap(keys -> keys)
            .toList();
    private static final String CREATE_KEY = "create.";
    /** Settings by the keys below {@code create}. */
    private static final Map<String, String> CREATE_KEYS = ProfileKeys.all().entrySet().stream()
            .filter(entry -> entry.getValue().startsWith(CREATE_KEY))
            .collect(Collectors.toMap(
                    entry -> entry.getValue().substring(CREATE_KEY.length()),
                    Map.Entry::getKey,
                    (one, other) -> one,
                    LinkedHashMap::new));

    private static final Set<String> OF_PAIRS = Set.of(Setting.CREATE_LABELS.name(), Setting.CREATE_SIGNED.name());
    private static final String UNTIL = "until";
    /** Keys that a template of leases decides. */
    private static final List<String> OF_PROFILES = List.of("clients", "trusts", UNTIL, "learn");

    private static final List<String> WRITE_TARGETS_KEYS =
            Stream.concat(TargetsReader.KEYS.stream(), Stream.of(UNTIL)).toList();
    private static final Pattern ASSIGNMENT = Pattern.compile("[A-Z_]{1,40}=[01]");
    private static final Pattern LEARN = Pattern.compile("(?:(\\d{1,6}[smh]))?\\s*(?:until\\s+(\\S+))?");

    private final Source source;
    private final ClientsReader clients;
    private final String file;
    private final String name;
    private final YamlValue block;
    private final Map<String, YamlValue> keys;
    private final Map<String, String> environment = new HashMap<>();
    /** Places of the values, by the names of {@code environment}. */
    private final Map<String, YamlValue> places = new HashMap<>();

    private final Reading reading = Reading.ofProfile(environment);
    /** End in {@code write-targets}, or null. */
    private @Nullable YamlValue endOfWrites;
    /** True if the label of a lease is added to {@code targets}. */
    private boolean isLease;
    /** Elements of {@code trusts} until all profiles are read. */
    private final Map<YamlValue, String> trusted = new LinkedHashMap<>();

    /**
     * Facts that all profiles need.
     *
     * @param daemon its socket may never be bound
     * @param guarded objects that no profile changes
     */
    record Source(
            Variables variables,
            OperationCatalogue catalogue,
            ParameterRules rules,
            DaemonAddress daemon,
            int maxBodyBytes,
            List<Scope> guarded) {

        ProfileSettings ofEnvironment(Reading reading) {
            Compatibility compatibility = PermissionReader.compatibility(reading);
            Preset preset = PermissionReader.preset(reading);
            return read(
                    ProfileOrigin.ofEnvironment(PermissionReader.kept(reading, preset)),
                    reading,
                    compatibility,
                    preset,
                    Map.of());
        }

        /** @param keys keys of the policy file, for operations; empty for the environment */
        private ProfileSettings read(
                ProfileOrigin origin,
                Reading reading,
                Compatibility compatibility,
                @Nullable Preset preset,
                Map<String, YamlValue> keys) {
            CreateRules create = CreateReader.read(reading, preset, daemon, maxBodyBytes);
            Scope targets = TargetsReader.read(reading, create != null);
            CreateReader.checkIsolated(reading, create, targets);
            ExecRules exec = ExecReader.read(reading, maxBodyBytes);
            Grants variablesOnly = new Grants(
                    compatibility,
                    PermissionReader.granted(reading, variables, preset, compatibility),
                    PermissionReader.defaults(variables, preset, compatibility),
                    preset,
                    OperationExceptions.NONE);
            MaskSelection mask = MaskReader.read(reading, preset);
            OperationExceptions exceptions = new OperationsReader(catalogue, keys, create != null)
                    .read(variablesOnly.policy(catalogue, rules, Term.ENDLESS));
            Grants grants = variablesOnly.with(exceptions);
            ProfileValues values = BuildsReader.read(reading, Setting.read(reading), create != null || targets != null);
            String missing = values.get(Totals.KEY).missingLabel(targets);
            if (missing != null) {
                reading.refuse(Setting.MAX_OBJECTS, missing);
            } else if (create == null && values.get(Totals.KEY).logs() > 0) {
                reading.refuse(
                        Setting.MAX_OBJECTS, "logs has an effect only with CREATE=safe: set that too, or remove logs");
            }
            WriteRules writes = WriteReader.read(
                    reading,
                    catalogue,
                    grants.policy(catalogue, rules, Term.ENDLESS),
                    exceptions.selectors(),
                    create != null,
                    guarded);
            return new ProfileSettings(
                    origin,
                    Validity.ALWAYS,
                    grants,
                    new Rules(create, exec, targets, writes, mask, maxBodyBytes),
                    values);
        }
    }

    /** @param file name of the policy file, for messages */
    ProfileReader(Source source, ClientsReader clients, String file, String name, YamlValue block) {
        this.source = source;
        this.clients = clients;
        this.file = file;
        this.name = name;
        this.block = block;
        this.keys = block.entries(KEYS);
    }

    /** Reads the rights of a lease, whose objects are those with its label; its containers may open ports if {@code isOpeningPorts}. */
    ProfileSettings readLease(List<Requirement> required, boolean isOpeningPorts) {
        isLease = true;
        for (String key : OF_PROFILES) {
            YamlValue value = keys.remove(key);
            if (value != null) {
                value.refuse("a lease has no key " + key + ": remove it");
            }
        }
        put(Setting.TARGETS.name(), block, LeaseTemplate.label(LeaseTemplate.ANY));
        required.forEach(each -> put(Setting.CREATE_REQUIRE.name(), block, each.word()));
        if (isOpeningPorts) {
            put(Setting.CREATE_ALLOW.name(), block, CreatePermission.PORTS.word());
        }
        return read();
    }

    ProfileSettings read() {
        readVariables();
        readCreate();
        YamlValue execKey = keys.get("exec");
        if (execKey != null) {
            ExecReader.readKeys(execKey, this::put);
        }
        YamlValue buildKey = keys.get("build");
        if (buildKey != null) {
            BuildsReader.readKeys(buildKey, this::put);
        }
        readTargets(Setting.TARGETS, "targets", "all objects are shown");
        readTargets(Setting.WRITE_TARGETS, "write-targets", "all objects can be changed");
        Preset preset = preset();
        for (Setting setting : List.of(Setting.MASK, Setting.MASK_KEEP)) {
            YamlValue names = keys.get(setting.yamlKey());
            if (names != null) {
                put(setting.name(), names, TargetsReader.joined(names));
            }
        }
        for (Setting setting : Setting.keys().keySet()) {
            YamlValue value = keys.get(setting.yamlKey());
            if (value != null) {
                put(setting.name(), value, LoginsReader.text(setting, value));
            }
        }
        ProfileLimits limits = LimitsReader.read(keys.get("max"), this::put);
        ProfileSettings read = source.read(origin(), reading, Compatibility.LINUXSERVER, preset, keys);
        Validity validity = new Validity(
                clients(),
                learn(),
                OperationsReader.until(keys.get(UNTIL)),
                OperationsReader.until(endOfWrites),
                trusts());
        ProfileSettings profile = read.with(validity, limits);
        reading.problems().forEach(this::report); // after all keys are read
        return profile;
    }

    /** Reports the elements of {@code trusts} that name no other profile. */
    void checkTrusted(Set<String> profiles) {
        trusted.forEach((element, other) -> {
            if (!other.isEmpty() && !profiles.contains(other)) {
                element.refuse("there is no profile " + other
                        + NearestName.advice(other, profiles, "; use the name of another profile of this file"));
            }
        });
    }

    private ProfileOrigin origin() {
        Map<String, Integer> lines = new HashMap<>();
        lines.put("", block.line());
        keys.forEach((key, value) -> lines.put(key, value.line()));
        return new ProfileOrigin(name, file, lines);
    }

    private void report(Problem problem) {
        String shown = problem.found() == null || problem.found().isEmpty() ? "" : problem.found() + ": ";
        places.getOrDefault(problem.name(), block).refuse(shown + problem.advice());
    }

    /** Adds to the elements that a lease has. */
    private void put(String variable, YamlValue place, String value) {
        environment.merge(variable, value, (ofLease, more) -> ofLease + "," + more);
        places.put(variable, place);
    }

    /** Turns {@code {images: {reference: x}}} into {@code TARGETS=images:reference:x}. */
    private void readTargets(Setting setting, String key, String without) {
        YamlValue value = keys.get(key);
        if (value != null && !value.isMapping()) {
            value.refuse("use conditions here, such as " + key + ": {label: "
                    + value.ifText(TargetsReader.LABEL).orElse("owner=ci") + "}");
        } else if (value != null) {
            boolean isOfLease = isLease && setting == Setting.TARGETS;
            Map<String, YamlValue> parts = value.entries(
                    isOfLease
                            ? List.of(ObjectKind.IMAGE.word())
                            : setting == Setting.WRITE_TARGETS ? WRITE_TARGETS_KEYS : TargetsReader.KEYS);
            endOfWrites = parts.remove(UNTIL);
            List<String> elements = TargetsReader.elements(parts);
            if (elements.isEmpty()) {
                value.refuse("name at least one label, project or name, or remove the key: " + without + " without it");
            }
            put(setting.name(), value, String.join(",", elements));
        }
    }

    private List<ClientMatcher> clients() {
        YamlValue conditions = keys.get("clients");
        return conditions == null ? List.of() : clients.read(conditions);
    }

    private void readVariables() {
        YamlValue value = keys.get("variables");
        if (value == null) {
            return;
        }
        if (!value.isMapping()) {
            String assigned = value.isList()
                    ? value.elements().stream()
                            .flatMap(element -> element.ifText(ASSIGNMENT).stream())
                            .map(text -> text.replace("=", ": "))
                            .collect(Collectors.joining(", "))
                    : "";
            value.refuse("use names with values here, such as variables: {"
                    + (assigned.isEmpty() ? "CONTAINERS: 1" : assigned) + "}");
            return;
        }
        value.entries().forEach((variable, setTo) -> {
            if (source.variables.find(variable).isPresent()) {
                put(variable, setTo, setTo.text());
            } else {
                setTo.refuse("there is no variable " + variable
                        + NearestName.advice(
                                variable,
                                source.variables.all().stream()
                                        .map(Variable::name)
                                        .toList(),
                                "; --help lists all variables"));
            }
        });
    }

    private @Nullable Preset preset() {
        YamlValue value = keys.get("preset");
        if (value == null) {
            return null;
        }
        String name = value.text();
        Optional<Preset> preset = Preset.find(name);
        if (preset.isEmpty()) {
            value.refuse(Preset.advice(name));
        }
        return preset.orElse(null);
    }

    private void readCreate() {
        YamlValue value = keys.get("create");
        if (value == null) {
            return;
        }
        if (!value.isMapping()) {
            put(Setting.CREATE.name(), value, value.text());
            return;
        }
        Map<String, YamlValue> parts = value.entries(List.copyOf(CREATE_KEYS.keySet()));
        if (!parts.containsKey("rules")) {
            value.refuse("add rules: safe, or remove create so that the variables alone decide");
            return;
        }
        parts.forEach((key, part) -> {
            String setting = CREATE_KEYS.get(key);
            if (setting != null) {
                boolean isPairs = part.isMapping() && OF_PAIRS.contains(setting);
                put(setting, part, isPairs ? pairs(part) : TargetsReader.joined(part));
            }
        });
    }

    /** Turns {@code {owner: ci}} into {@code owner=ci}. */
    private static String pairs(YamlValue mapping) {
        List<String> pairs = new ArrayList<>();
        mapping.entries().forEach((key, value) -> {
            if (value.text().contains(",")) {
                value.refuse("use a value without commas");
            }
            pairs.add(key + "=" + value.text());
        });
        return String.join(",", pairs);
    }

    private Set<String> trusts() {
        YamlValue value = keys.get("trusts");
        Set<String> names = new LinkedHashSet<>();
        for (YamlValue element : value == null ? List.<YamlValue>of() : value.elements()) {
            String other = element.text();
            names.add(other);
            if (other.equals(name)) {
                element.refuse("a profile need not trust itself; name another profile");
            } else {
                trusted.put(element, other);
            }
        }
        return names;
    }

    private ProfileSettings.@Nullable Learn learn() {
        YamlValue value = keys.get("learn");
        if (value == null) {
            return null;
        }
        Matcher words = LEARN.matcher(value.text());
        try {
            if (words.matches() && (words.group(1) != null || words.group(2) != null)) {
                Duration length = words.group(1) == null
                        ? null
                        : Parsers.duration(words.group(1)).orElseThrow();
                return new ProfileSettings.Learn(length, words.group(2) == null ? null : Instant.parse(words.group(2)));
            }
        } catch (DateTimeParseException invalid) {
            // Reported below.
        }
        value.refuse("use a duration, an end, or both, such as 1h until 2026-11-26T03:00:00Z");
        return null;
    }
}
