package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.policy.create.ExecRules.Option;
import org.socketproxy.policy.create.Violation.Remedy;

/** Form of an assignment to copy, by the place of the permissions. */
public enum AssignmentForm {
    /** A line below {@code environment:} of a compose file. */
    COMPOSE("- ", "", "environment:", "  "),
    /** An element of {@code env:} of a container in a manifest of Kubernetes. */
    KUBERNETES("- {name: ", "}", "env:", "  "),
    /** A variable of a process outside a container, as for a shell or a systemd unit. */
    ENVIRONMENT("", "", "", ""),
    /** A line of the file that {@code ENV_FILE} names. */
    ENV_FILE("", "", "", ""),
    /** A line of a profile of the policy file. */
    POLICY_FILE("", "", "variables:", "  ");

    /** A scalar that YAML reads as this text. */
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z/][a-zA-Z0-9._/-]*");

    private static final String SAFE = "rules: safe";

    /** Key of a profile, without a setting of the environment. */
    static final String ALLOW = "allow";

    private static final String CREATE = "create";
    private static final String VARIABLES = "variables";
    private static final String REFERENCE = "images:reference:";

    private final String prefix;
    private final String suffix;
    private final String header;
    private final String indent;

    AssignmentForm(String prefix, String suffix, String header, String indent) {
        this.prefix = prefix;
        this.suffix = suffix;
        this.header = header;
        this.indent = indent;
    }

    public String line(String variable, boolean isOn) {
        return assignment(variable, isOn ? "1" : "0");
    }

    public String assignment(String name, String value) {
        return prefix
                + switch (this) {
                    case KUBERNETES ->
                        name + ", value: \"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
                    case POLICY_FILE -> name + ": " + value;
                    case ENVIRONMENT -> name + '=' + (value.indexOf(' ') < 0 ? value : "'" + value + "'");
                    case COMPOSE, ENV_FILE -> name + '=' + value;
                }
                + suffix;
    }

    /** Returns words of a sentence, without the syntax of a list. */
    public String words(String variable, boolean isOn) {
        return variable + (this == POLICY_FILE ? ": " : "=") + (isOn ? "1" : "0");
    }

    public String ofPreset(String name) {
        return (this == POLICY_FILE ? "preset: " : "PRESET=") + name;
    }

    /** Returns settings as lines; in the policy file they are keys of the profile, so that those of one key are one line. */
    public List<String> lines(Collection<Remedy> settings) {
        return this == POLICY_FILE
                ? keys(settings)
                : merged(settings).stream()
                        .map(each -> isKey(each) ? key(each, List.of(each)) : assignment(each.setting(), each.value()))
                        .toList();
    }

    /** Joins the elements of each setting. */
    private List<Remedy> merged(Collection<Remedy> settings) {
        Map<String, Remedy> merged = new LinkedHashMap<>();
        for (Remedy each : settings) {
            boolean isSplit =
                    this == POLICY_FILE && (isOfTargets(each) || each.setting().equals("EXEC_OPTIONS"));
            String separator = this != POLICY_FILE && each.setting().equals("EXEC_ALLOW") ? ";" : ",";
            merged.merge(
                    isSplit ? each.assignment() : each.setting(),
                    each,
                    (one, other) -> new Remedy(one.setting(), one.value() + separator + other.value(), one.danger()));
        }
        return List.copyOf(merged.values());
    }

    private static boolean isKey(Remedy remedy) {
        return remedy.setting().equals(ALLOW);
    }

    /** Returns lines that add settings and variables to a profile. */
    public List<String> lines(Collection<Remedy> settings, List<String> variables) {
        return this == POLICY_FILE && !settings.isEmpty()
                ? words(settings, variables)
                : Stream.concat(lines(settings).stream(), variables.stream().map(name -> line(name, true)))
                        .toList();
    }

    /** Returns settings as words of a sentence. */
    public List<String> words(Collection<Remedy> settings) {
        return this == POLICY_FILE
                ? keys(settings)
                : merged(settings).stream()
                        .map(each -> isKey(each) ? key(each, List.of(each)) : each.assignment())
                        .toList();
    }

    /** Returns a setting as words of a sentence. */
    public String words(Remedy setting) {
        return words(List.of(setting)).get(0);
    }

    /** Returns settings and variables as words of a sentence. */
    public List<String> words(Collection<Remedy> settings, List<String> variables) {
        Stream<String> names = variables.stream().map(name -> words(name, true));
        return Stream.concat(
                        words(settings).stream(),
                        this == POLICY_FILE && !settings.isEmpty() && !variables.isEmpty()
                                ? Stream.of(names.collect(Collectors.joining(", ", "variables: {", "}")))
                                : names)
                .toList();
    }

    private List<String> keys(Collection<Remedy> settings) {
        Map<String, List<Remedy>> byKey = new LinkedHashMap<>();
        for (Remedy each : merged(settings)) {
            byKey.computeIfAbsent(key(each), first -> new ArrayList<>()).add(each);
        }
        return byKey.values().stream().map(all -> key(all.get(0), all)).toList();
    }

    /** Returns a key with all its values, such as {@code create: {rules: safe, binds: [/srv]}}. */
    private static String key(Remedy first, List<Remedy> all) {
        return key(first) + ": "
                + (isOfTargets(first)
                        ? references(all)
                        : value(all.stream().map(AssignmentForm::part).toList()));
    }

    private static boolean isOfTargets(Remedy remedy) {
        return remedy.setting().endsWith("TARGETS");
    }

    private static String references(List<Remedy> targets) {
        return "{images: {reference: "
                + list(targets.stream()
                        .map(each -> each.value().substring(REFERENCE.length()))
                        .collect(Collectors.joining(",")))
                + "}}";
    }

    /** Returns the key of the profile in the policy file. */
    private static String key(Remedy remedy) {
        return switch (remedy.setting()) {
            case ALLOW -> ALLOW;
            case "MASK" -> "mask";
            case "TARGETS" -> "targets";
            case "WRITE_TARGETS" -> "write-targets";
            case "CREATE", "BINDS" -> CREATE;
            default ->
                remedy.setting().startsWith("CREATE_")
                        ? CREATE
                        : remedy.setting().startsWith("EXEC_") ? "exec" : VARIABLES;
        };
    }

    private static String value(List<String> parts) {
        String first = parts.get(0);
        return first.startsWith("[")
                ? first
                : parts.equals(List.of(SAFE)) ? "safe" : '{' + String.join(", ", parts) + '}';
    }

    /** Returns the key below that of the profile with its value, such as {@code binds: [/srv]}. */
    private static String part(Remedy remedy) {
        String value = remedy.value();
        int colon = value.indexOf(':');
        return switch (remedy.setting()) {
            case "CREATE" -> "rules: " + value;
            case "MASK", ALLOW -> list(value);
            case "BINDS" -> "binds: " + list(value);
            case "EXEC_ALLOW" -> "commands: " + list(value);
            case "EXEC_OPTIONS" -> {
                Option option =
                        Option.of(colon < 0 ? value : value.substring(0, colon)).orElseThrow();
                yield option.key() + ": " + (colon < 0 ? option.isSetBy() : list(value.substring(colon + 1)));
            }
            default ->
                remedy.setting().startsWith("CREATE_")
                        ? remedy.setting().substring("CREATE_".length()).toLowerCase(Locale.ROOT) + ": " + list(value)
                        : remedy.setting() + ": " + value;
        };
    }

    private static String list(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(element -> PLAIN.matcher(element).matches()
                        ? element
                        : '"' + element.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /** Returns the line before a block, or an empty text. */
    public String header() {
        return header;
    }

    public String indent() {
        return indent;
    }

    /** Returns false if a comment needs a separate line. */
    public boolean isCommentAfterLine() {
        return this != ENVIRONMENT && this != ENV_FILE;
    }
}
