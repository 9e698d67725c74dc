package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.policy.create.ExecRules.Option;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.ObjectKind;

/** Writes settings of the environment as keys of a profile in the policy file, in the flow style of YAML. */
public final class ProfileKeys {
    /** Key of a profile, without a setting of the environment. */
    static final String ALLOW = "allow";

    private static final String VARIABLES = "variables";
    private static final String EXEC_OPTIONS = "EXEC_OPTIONS";
    /** A scalar that YAML reads as this text. */
    private static final Pattern PLAIN = Pattern.compile("(?!(?i:null)$)[a-zA-Z/][a-zA-Z0-9._/-]*");

    private static final Pattern PLAIN_SCALAR = Pattern.compile("(?!(?i:null)$)[a-zA-Z0-9/][a-zA-Z0-9._/-]*");

    /** The keys of each setting, with a dot before a key of a mapping. Commas separate the elements of a list. */
    private static final Map<String, Place> PLACES = places(Stream.of(
            new Place("PRESET", "preset", Form.SCALAR),
            new Place("CREATE", "create.rules", Form.SCALAR),
            new Place("BINDS", "create.binds", Form.LIST),
            new Place("CREATE_ALLOW", "create.allow", Form.LIST),
            new Place("CREATE_REQUIRE", "create.require", Form.LIST),
            new Place("CREATE_IMAGES", "create.images", Form.LIST),
            new Place("CREATE_SIGNED", "create.signed", Form.LIST),
            new Place("CREATE_LABELS", "create.labels", Form.LIST),
            new Place("EXEC_ALLOW", "exec.commands", Form.TEXTS),
            new Place(EXEC_OPTIONS, "exec", Form.OPTIONS),
            new Place("TARGETS", "targets", Form.CONDITIONS),
            new Place("WRITE_TARGETS", "write-targets", Form.CONDITIONS),
            new Place("MAX_OBJECTS", "max", Form.PAIRS),
            new Place("MASK", "mask", Form.LIST),
            new Place("MASK_KEEP", "mask-keep", Form.LIST),
            new Place("API_VERSION", "api-version", Form.SCALAR),
            new Place("BUILDS", "builds", Form.SCALAR),
            new Place("BUILD_SECRETS", "build.secrets", Form.LIST),
            new Place("BUILD_SSH", "build.ssh", Form.LIST),
            new Place("BUILD_REGISTRIES", "build.registries", Form.LIST),
            new Place("REGISTRIES", "registries", Form.LOGINS)));

    private enum Form {
        SCALAR,
        /** A value with commas has several elements. */
        LIST,
        /** A value is one element. */
        TEXTS,
        OPTIONS,
        CONDITIONS,
        /** Elements of a key and a value, such as {@code containers:20}. */
        PAIRS,
        /** Hosts with a user and a file. */
        LOGINS
    }

    private record Place(String setting, String key, Form form) {}

    private ProfileKeys() {}

    private static Map<String, Place> places(Stream<Place> places) {
        Map<String, Place> bySetting = new LinkedHashMap<>();
        places.forEach(place -> bySetting.put(place.setting, place));
        return Collections.unmodifiableMap(bySetting);
    }

    /** Returns the key of each setting that has one, such as {@code create.binds}. */
    public static Map<String, String> all() {
        Map<String, String> keys = new LinkedHashMap<>();
        PLACES.forEach((setting, place) -> keys.put(setting, place.key));
        return keys;
    }

    /** Returns the key of the profile for a setting or a variable. */
    public static String key(String setting) {
        return place(setting).key.split("\\.", 2)[0];
    }

    private static Place place(String setting) {
        return setting.equals(ALLOW)
                ? new Place(ALLOW, ALLOW, Form.LIST)
                : PLACES.getOrDefault(setting, new Place(setting, VARIABLES + "." + setting, Form.SCALAR));
    }

    /** Returns a line for each key, such as {@code create: {rules: safe, binds: [/srv]}}. */
    public static List<String> lines(Collection<Remedy> settings) {
        Map<String, Object> keys = new LinkedHashMap<>();
        for (Remedy each : settings) {
            put(keys, place(each.setting()), each.value());
        }
        if (keys.get("create") instanceof Map<?, ?> create && create.equals(Map.of("rules", "safe"))) {
            keys.put("create", "safe");
        }
        return keys.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + flow(entry.getValue()))
                .toList();
    }

    private static void put(Map<String, Object> keys, Place place, String value) {
        switch (place.form) {
            case SCALAR -> parent(keys, place.key).put(last(place.key), value);
            case TEXTS -> list(keys, place.key).add(value);
            case LIST -> list(keys, place.key).addAll(elements(value));
            case OPTIONS -> elements(value).forEach(element -> putOption(keys, place.key, element));
            case PAIRS -> elements(value).forEach(element -> putPair(keys, place.key, element));
            case LOGINS -> keys.put(place.key, RegistryLogins.keys(value));
            case CONDITIONS -> elements(value).forEach(element -> putCondition(keys, place.key, element));
        }
    }

    private static List<String> elements(String value) {
        return Stream.of(value.split(",", -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }

    private static void putPair(Map<String, Object> keys, String key, String element) {
        String[] pair = element.split(":", 2);
        parent(keys, key + "." + pair[0]).put(pair[0], pair[pair.length - 1]);
    }

    private static void putOption(Map<String, Object> keys, String key, String element) {
        String[] parts = element.split(":", 2);
        Option option = Option.of(parts[0]).orElseThrow();
        String path = key + "." + option.key();
        if (parts.length == 1) {
            parent(keys, path).put(option.key(), String.valueOf(option.isSetBy()));
        } else {
            list(keys, path).add(parts[1]);
        }
    }

    /** Splits {@code images:reference:x}, or a condition of all kinds such as {@code label:a=b}. */
    private static void putCondition(Map<String, Object> keys, String key, String element) {
        String[] parts = element.split(":", 2);
        if (ObjectKind.of(parts[0]).isPresent()) {
            putCondition(keys, key + "." + parts[0], parts[1]);
        } else {
            list(keys, key + "." + parts[0]).add(parts[1]);
        }
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Returns the mapping that holds the last key of a path. */
    @SuppressWarnings("unchecked") // each key with a dot after it has a mapping
    private static Map<String, Object> parent(Map<String, Object> keys, String path) {
        Map<String, Object> parent = keys;
        String[] parts = path.split("\\.", -1);
        for (int i = 0; i < parts.length - 1; i++) {
            parent = (Map<String, Object>) Objects.requireNonNull(
                    parent.computeIfAbsent(parts[i], any -> new LinkedHashMap<String, Object>()));
        }
        return parent;
    }

    @SuppressWarnings("unchecked") // each key has values of one form
    private static List<String> list(Map<String, Object> keys, String path) {
        return (List<String>)
                Objects.requireNonNull(parent(keys, path).computeIfAbsent(last(path), any -> new ArrayList<String>()));
    }

    private static String flow(Object value) {
        if (value instanceof Map<?, ?> keys) {
            return keys.entrySet().stream()
                    .map(entry -> entry.getKey() + ": " + flow(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof List<?> elements) {
            return elements.stream()
                    .map(element -> scalar(String.valueOf(element), PLAIN))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return scalar(String.valueOf(value), PLAIN_SCALAR);
    }

    private static String scalar(String text, Pattern plain) {
        return plain.matcher(text).matches() ? text : '"' + escaped(text) + '"';
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                escaped.append('\\').append((char) c);
            } else if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || c == 0xfeff) {
                escaped.append(String.format("\\u%04x", c));
            } else {
                escaped.append((char) c);
            }
        });
        return escaped.toString();
    }
}
