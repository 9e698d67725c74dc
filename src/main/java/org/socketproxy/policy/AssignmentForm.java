package org.socketproxy.policy;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** Key of a profile, without a setting of the environment. */
    static final String ALLOW = ProfileKeys.ALLOW;

    /** A value that a shell, and a scalar that YAML and Compose, read as this text. */
    private static final Pattern OF_SHELL = Pattern.compile("[a-zA-Z0-9._/:=,@+*?-]*");

    private static final Pattern OF_COMPOSE = Pattern.compile("([a-zA-Z0-9._/=,;@+*?-]|:(?! |$)| (?!$))*");

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
                    case ENVIRONMENT ->
                        name
                                + '='
                                + (OF_SHELL.matcher(value).matches() ? value : "'" + value.replace("'", "'\\''") + "'");
                    case COMPOSE ->
                        OF_COMPOSE.matcher(value).matches() ? name + '=' + value : quoted(name + '=' + value);
                    case ENV_FILE -> name + '=' + value;
                }
                + suffix;
    }

    /** Quotes for YAML, and against the variables of Compose. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "$$") + '"';
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
                ? ProfileKeys.lines(settings)
                : merged(settings).stream()
                        .map(each -> isKey(each) ? key(each) : assignment(each.setting(), each.value()))
                        .toList();
    }

    /** Joins the elements of each setting. */
    private List<Remedy> merged(Collection<Remedy> settings) {
        Map<String, Remedy> merged = new LinkedHashMap<>();
        for (Remedy each : settings) {
            String separator = each.setting().equals("EXEC_ALLOW") ? ";" : ",";
            merged.merge(
                    each.setting(),
                    each,
                    (one, other) -> new Remedy(one.setting(), one.value() + separator + other.value(), one.danger()));
        }
        return List.copyOf(merged.values());
    }

    private static boolean isKey(Remedy remedy) {
        return remedy.setting().equals(ALLOW);
    }

    private static String key(Remedy remedy) {
        return ProfileKeys.lines(List.of(remedy)).get(0);
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
                ? ProfileKeys.lines(settings)
                : merged(settings).stream()
                        .map(each -> isKey(each) ? key(each) : each.assignment())
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
