package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.Glob;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeSelector;
import org.socketproxy.yaml.YamlValue;

/** Reads the conditions of {@code TARGETS}, {@code WRITE_TARGETS} and {@code PROTECT}. An element without a kind applies to each kind without a specific element. */
final class TargetsReader {
    private static final String USAGE = "use label:KEY=VALUE, project:NAME, name:PATTERN or, for images,"
            + " reference:PATTERN, also with a kind before it such as containers:name:ci-*";
    private static final List<String> CONDITIONS = List.of("label", "project", "name", "reference");
    /** Keys of a policy file. */
    static final List<String> KEYS = Stream.concat(
                    CONDITIONS.stream(), Arrays.stream(ObjectKind.values()).map(ObjectKind::word))
            .toList();

    private static final String PROJECT_LABEL = "com.docker.compose.project";
    private static final Pattern PROJECT = Pattern.compile("[a-z0-9][a-z0-9_-]*");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9*][a-zA-Z0-9*_.-]*");
    private static final Pattern REFERENCE = Pattern.compile("[a-zA-Z0-9*][a-zA-Z0-9*._:/-]*");
    static final Pattern LABEL = Pattern.compile("[^\\s=,]+=[^,\\p{Cntrl}]+");

    private TargetsReader() {}

    private static final class Conditions {
        final Map<String, String> labels = new HashMap<>();
        final List<Glob> names = new ArrayList<>();
        final List<String> references = new ArrayList<>();

        ScopeSelector selector() {
            return new ScopeSelector(labels, names, new ImageRules(references));
        }

        boolean isEmpty() {
            return labels.isEmpty() && names.isEmpty() && references.isEmpty();
        }
    }

    /** Returns the elements of keys of a policy file, such as {@code images:reference:x} for {@code {images: {reference: x}}}. */
    static List<String> elements(Map<String, YamlValue> keys) {
        List<String> elements = new ArrayList<>();
        keys.forEach((key, part) -> {
            if (ObjectKind.of(key).isPresent()) {
                part.entries(CONDITIONS).forEach((condition, text) -> add(key + ":" + condition, text, elements));
            } else {
                add(key, part, elements);
            }
        });
        return elements;
    }

    private static void add(String prefix, YamlValue value, List<String> elements) {
        for (String text : joined(value).split(",", -1)) {
            elements.add(prefix + ":" + text);
        }
    }

    /** Returns the elements separated by commas. */
    static String joined(YamlValue value) {
        return value.elementsOrOne().stream()
                .map(element -> {
                    String text = element.text();
                    if (text.contains(",")) {
                        element.refuse("use an element for each value, without commas");
                    }
                    return text;
                })
                .collect(Collectors.joining(","));
    }

    /** Takes an element that cannot be read, and the advice. */
    interface Refusal {
        void refuse(String element, String advice);
    }

    /**
     * Returns null without an element.
     *
     * @param isSafe true with {@code CREATE=safe}
     */
    static @Nullable Scope read(Reading reading, boolean isSafe) {
        Scope scope = read(reading, Setting.TARGETS);
        if (scope != null && !isSafe) {
            reading.refuse(
                    Setting.TARGETS,
                    "a confined client could create a container with the rights of the host: " + createAdvice(reading));
        }
        return scope;
    }

    /** Returns the advice to judge creates, in the words of the file with the settings. */
    static String createAdvice(Reading reading) {
        return reading.isOfFile() ? "add create: safe to this profile" : "set CREATE=safe too";
    }

    /** Returns null without an element. */
    static @Nullable Scope read(Reading reading, Setting setting) {
        List<String> elements = reading.elements(setting);
        return elements.isEmpty()
                ? null
                : scope(elements, (element, advice) -> reading.refuse(setting, element, advice));
    }

    /** Reads elements each of which selects by itself. */
    static List<Scope> alternatives(Reading reading, Setting setting) {
        return reading.elements(setting).stream()
                .map(each -> scope(List.of(each), (element, advice) -> reading.refuse(setting, element, advice)))
                .toList();
    }

    /** Reads at least one element. */
    static Scope scope(List<String> elements, Refusal refusal) {
        Conditions general = new Conditions();
        Map<ObjectKind, Conditions> special = new EnumMap<>(ObjectKind.class);
        elements.forEach(element -> read(element, refusal, general, special));
        Map<ObjectKind, ScopeSelector> selectors = new EnumMap<>(ObjectKind.class);
        for (ObjectKind kind : ObjectKind.values()) {
            Conditions conditions = special.getOrDefault(kind, general);
            // Images have references instead of names: a general pattern of names selects none.
            boolean isSelected = kind == ObjectKind.IMAGE && conditions == general
                    ? !general.labels.isEmpty() && general.names.isEmpty()
                    : !conditions.isEmpty();
            if (isSelected) {
                selectors.put(kind, conditions.selector());
            }
        }
        return new Scope(elements, selectors);
    }

    private static void read(String element, Refusal refusal, Conditions general, Map<ObjectKind, Conditions> special) {
        int colon = element.indexOf(':');
        Optional<ObjectKind> kind = colon < 0 ? Optional.empty() : ObjectKind.of(element.substring(0, colon));
        Conditions conditions = kind.map(each -> special.computeIfAbsent(each, any -> new Conditions()))
                .orElse(general);
        String condition = kind.isPresent() ? element.substring(colon + 1) : element;
        String advice = read(condition, kind.orElse(null), conditions);
        if (advice != null) {
            refusal.refuse(element, advice);
        }
    }

    private static @Nullable String read(String condition, @Nullable ObjectKind kind, Conditions conditions) {
        int colon = condition.indexOf(':');
        String text = condition.substring(colon + 1);
        switch (colon < 0 ? "" : condition.substring(0, colon)) {
            case "label" -> {
                if (!LABEL.matcher(text).matches()) {
                    return "use a label with its exact value, such as label:owner=ci";
                }
                int equals = text.indexOf('=');
                return put(conditions, text.substring(0, equals), text.substring(equals + 1));
            }
            case "project" -> {
                return PROJECT.matcher(text).matches()
                        ? put(conditions, PROJECT_LABEL, text)
                        : "use the name of a Compose project, such as project:shop";
            }
            case "name" -> {
                if (kind == ObjectKind.IMAGE) {
                    return "images have references: use images:reference:PATTERN";
                }
                if (!NAME.matcher(text).matches()) {
                    return "use a name, in which * stands for any part, such as name:ci-*";
                }
                conditions.names.add(new Glob(text));
            }
            case "reference" -> {
                if (kind != ObjectKind.IMAGE) {
                    return "only images have references: use images:reference:PATTERN";
                }
                if (!REFERENCE.matcher(text).matches()) {
                    return "use a pattern such as images:reference:registry.local/**";
                }
                conditions.references.add(text);
            }
            default -> {
                return USAGE;
            }
        }
        return null;
    }

    private static @Nullable String put(Conditions conditions, String key, String value) {
        String before = conditions.labels.putIfAbsent(key, value);
        return before == null || before.equals(value)
                ? null
                : "the label " + key + " cannot have two values: use a profile for each";
    }
}
