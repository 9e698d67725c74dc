package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.FieldTable.Row;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judges the parameters of a query. Every value of a repeated parameter is judged, because daemons differ in which one they
 * read.
 */
final class QueryCheck {
    private static final String EVERY_PARAMETER = "*";
    private static final String ZERO = "zero";
    private static final String IMAGE = "check:image";
    private static final String NEW_NAME = "check:image-name";
    private static final String CONTAINER_NAME = "check:container-name";
    private static final Set<String> RULES = Set.of("allow", "ignored", ZERO, IMAGE, NEW_NAME, CONTAINER_NAME);
    /** A container with this name would be found by the id of a removed one, or by the short id of another one. */
    private static final Pattern LIKE_AN_ID = Pattern.compile("/*[0-9a-f]{12,64}");

    private static final String TAG = "tag";

    private QueryCheck() {}

    /** @throws IllegalArgumentException if the table has a rule that queries do not have */
    static void checkRule(Row row) {
        if (!RULES.contains(row.rule())) {
            throw new IllegalArgumentException("unknown rule for a query: " + row.rule());
        }
    }

    /**
     * Reports parameters that the rules do not allow.
     *
     * @param rules by case-insensitive name
     * @param parameters decoded values by case-insensitive name
     */
    static void check(Judgement judgement, Map<String, Row> rules, Map<String, List<String>> parameters) {
        Row others = rules.get(EVERY_PARAMETER);
        parameters.forEach((name, values) -> {
            FieldPath path = FieldPath.ROOT.member("?" + name);
            Row row = name.equals(EVERY_PARAMETER) ? others : rules.getOrDefault(name, others);
            if (row == null) {
                if (values.stream().anyMatch(value -> !value.isEmpty())) {
                    String subject = path.dotted() + " is a parameter that this proxy does not know";
                    judgement.report(Kind.UNKNOWN, path, subject, null);
                }
                return;
            }
            for (String value : values) {
                checkValue(judgement, row, value, parameters.getOrDefault(TAG, List.of("")), path);
            }
        });
    }

    private static void checkValue(Judgement judgement, Row row, String value, List<String> tags, FieldPath path) {
        if (value.isEmpty()) {
            return;
        }
        switch (row.rule()) {
            case ZERO -> zero(judgement, row.permission(), path);
            case IMAGE -> tags.forEach(tag -> judgement.rules().images().check(judgement, tagged(value, tag), path));
            case CONTAINER_NAME -> {
                if (LIKE_AN_ID.matcher(value).matches()) {
                    judgement.deny(path, "has the form of an id");
                }
            }
            case NEW_NAME -> judgement.rules().images().checkNewName(judgement, value, path);
            default -> {}
        }
    }

    private static void zero(Judgement judgement, @Nullable CreatePermission permission, FieldPath path) {
        if (permission == null) {
            judgement.deny(path, "is set");
        } else if (!judgement.permissions().has(permission)) {
            judgement.deny(path, "is set", permission, null);
        }
    }

    /** Returns the reference that the daemon pulls: a tag parameter, which can also be a digest, replaces the tag. */
    private static String tagged(String image, String tag) {
        if (tag.isEmpty()) {
            return image;
        }
        int colon = image.indexOf(':', image.lastIndexOf('/') + 1);
        int end = image.indexOf('@') >= 0 ? image.indexOf('@') : colon >= 0 ? colon : image.length();
        return image.substring(0, end) + (tag.indexOf(':') >= 0 ? "@" : ":") + tag;
    }
}
