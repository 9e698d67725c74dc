package org.socketproxy.policy.create;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.FieldTable.Row;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.value.ValueRule;

/**
 * Checks the parameters of a query. Every value of a repeated parameter is checked, because daemons differ in which one they read.
 */
final class QueryChecks {
    private static final String EVERY_PARAMETER = "*";
    private static final Field.Rule IMAGE = ImageChecks::image;
    private static final String TAG = "tag";
    /** Before the name of a parameter, in places and in {@code body-shapes.tsv}. */
    private static final String PREFIX = "?";

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}");
    private static final Map<String, Field.Rule> CHECKS = Map.ofEntries(
            Map.entry("ignored", Field.Rule.IGNORED),
            Map.entry("check:image", IMAGE),
            Map.entry("check:image-name", ImageChecks::newName),
            Map.entry("check:any-image", ImageChecks::anyImage),
            Map.entry("check:libpod-image", ImageChecks::libpodImage),
            Map.entry("check:libpod-image-name", ImageChecks::libpodNewName),
            Map.entry("check:container-name", NameChecks::container),
            Map.entry("check:build-network", NetworkChecks::ofBuild),
            Map.entry("check:builder", QueryChecks::builder),
            Map.entry("check:restart-policy", RequirementChecks::restartPolicy),
            Map.entry("check:extra-hosts", NetworkChecks::extraHosts));

    private QueryChecks() {}

    /**
     * Returns the rules of a parameter.
     *
     * @throws IllegalArgumentException for a rule that queries do not have, and for rules that do not bound the value
     */
    static List<Field.Rule> rules(Row row) {
        if (!FieldRules.areBounded(Field.Type.of(row.type()), row)) {
            throw new IllegalArgumentException("the rule " + row.rule() + " does not bound a parameter");
        }
        return row.rules().stream().map(rule -> rule(row, rule)).toList();
    }

    /** Returns the rule of a parameter that is JSON. */
    static Field.Rule json(Field field) {
        return value -> {
            try {
                BodyValidation validation = value.validation();
                JsonValue json = StrictJson.read(value.text());
                validation.judge(field, new BodyValue(validation, json, value.parent(), value.name(), value.index()));
            } catch (InvalidJsonException invalid) {
                value.deny("is not valid JSON");
            }
        };
    }

    /** Reports BuildKit on the path of the classic builder. */
    private static void builder(BodyValue version) {
        if (!version.text().equals("1")) {
            version.deny("is not 1, and a Dockerfile can name any frontend for BuildKit on this path: use buildx");
        }
    }

    private static Field.Rule rule(Row row, String name) {
        Field.Rule check = CHECKS.get(name);
        if (check != null) {
            return check;
        }
        return name.equals("zero")
                ? FieldRules.zero(row.permission())
                : FieldRules.scalar(ValueRule.of(name.replaceFirst("^one-of:", "words:")));
    }

    /**
     * Reports parameters that the rules do not allow.
     *
     * @param rules by case-insensitive name
     * @param parameters decoded values by case-insensitive name
     */
    static void check(
            BodyValidation validation, Map<String, List<Field.Rule>> rules, Map<String, List<String>> parameters) {
        BodyValue query = BodyValue.root(validation, JsonValue.JsonObject.EMPTY);
        List<Field.Rule> anyOther = rules.get(EVERY_PARAMETER);
        parameters.forEach((name, values) -> {
            List<Field.Rule> ofName = name.equals(EVERY_PARAMETER) ? anyOther : rules.getOrDefault(name, anyOther);
            List<BodyValue> set = values.stream()
                    .filter(value -> !value.isEmpty())
                    .map(value -> query.member(PREFIX + name, new JsonString(value)))
                    .toList();
            if (ofName != null) {
                set.forEach(value -> check(ofName, value, parameters.getOrDefault(TAG, List.of(""))));
            } else if (!set.isEmpty()) {
                BodyValue first = set.get(0);
                first.report(Kind.UNKNOWN, first.dotted() + " is a parameter that this proxy does not know");
            }
        });
    }

    /** Returns the parameters that have one number, as members of an object. */
    static BodyValue numbers(BodyValidation validation, Map<String, List<String>> parameters) {
        Map<String, JsonValue> numbers = new HashMap<>();
        parameters.forEach((name, values) -> {
            String first = values.get(0);
            if (values.stream().allMatch(first::equals) && NUMBER.matcher(first).matches()) {
                numbers.put(PREFIX + name.toLowerCase(Locale.ROOT), new JsonNumber(first));
            }
        });
        return BodyValue.root(validation, new JsonValue.JsonObject(numbers));
    }

    private static void check(List<Field.Rule> rules, BodyValue value, List<String> tags) {
        List<Violation> violations = value.validation().violations();
        int before = violations.size();
        for (Field.Rule rule : rules) {
            if (violations.size() > before) {
                return;
            }
            if (rule == IMAGE) {
                tags.forEach(tag -> ImageChecks.image(value, tagged(value.text(), tag)));
            } else {
                rule.check(value);
            }
        }
    }

    /** Returns the reference that the daemon pulls: a tag parameter, which can also be a digest, replaces the tag. */
    static String tagged(String image, String tag) {
        if (tag.isEmpty()) {
            return image;
        }
        int colon = image.indexOf(':', image.lastIndexOf('/') + 1);
        int end = image.indexOf('@') >= 0 ? image.indexOf('@') : colon >= 0 ? colon : image.length();
        return image.substring(0, end) + (tag.indexOf(':') >= 0 ? "@" : ":") + tag;
    }
}
