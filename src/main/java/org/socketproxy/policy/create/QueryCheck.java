package org.socketproxy.policy.create;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.FieldTable.Row;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.value.ValueRule;

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
    private static final String LIBPOD_IMAGE = "check:libpod-image";
    private static final String LIBPOD_NEW_NAME = "check:libpod-image-name";
    private static final String ANY_IMAGE = "check:any-image";
    private static final String ONE_OF = "one-of:";
    private static final String WORDS = "words:";
    private static final String IGNORED = "ignored";
    private static final Set<String> RULES =
            Set.of(IGNORED, ZERO, IMAGE, NEW_NAME, CONTAINER_NAME, LIBPOD_IMAGE, LIBPOD_NEW_NAME, ANY_IMAGE);
    private static final Set<String> NO = Set.of("false", "0");

    private static final String TAG = "tag";

    private QueryCheck() {}

    /** @throws IllegalArgumentException if the table has a rule that queries do not have */
    static void checkRule(Row row) {
        for (String rule : row.rules()) {
            if (!RULES.contains(rule) && !rule.startsWith(ONE_OF)) {
                ValueRule.of(rule);
            }
        }
        if (!BoundRules.isBounded(FieldType.of(row.type()), row)) {
            throw new IllegalArgumentException("the rule " + row.rule() + " does not bound a parameter");
        }
    }

    /**
     * Reports parameters that the rules do not allow.
     *
     * @param rules by case-insensitive name
     * @param parameters decoded values by case-insensitive name
     */
    static void check(BodyValidation judgement, Map<String, Row> rules, Map<String, List<String>> parameters) {
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
                int before = judgement.violations().size();
                for (String rule : row.rules()) {
                    if (judgement.violations().size() == before && !value.isEmpty()) {
                        checkValue(judgement, row, rule, value, parameters.getOrDefault(TAG, List.of("")), path);
                    }
                }
            }
        });
    }

    private static void checkValue(
            BodyValidation judgement, Row row, String rule, String value, List<String> tags, FieldPath path) {
        switch (rule) {
            case IGNORED -> {}
            case ZERO -> zero(judgement, row.permission(), path);
            case IMAGE -> tags.forEach(tag -> judgement.rules().images().check(judgement, tagged(value, tag), path));
            case CONTAINER_NAME -> ContainerNameCheck.check(judgement, value, path);
            case LIBPOD_IMAGE -> LibpodImageCheck.check(judgement, value, path);
            case LIBPOD_NEW_NAME -> LibpodImageCheck.checkNewName(judgement, value, path);
            case ANY_IMAGE -> {
                if (judgement.rules().images().isLimited() && !NO.contains(value)) {
                    judgement.deny(path, "is set, and CREATE_IMAGES needs a name with a tag");
                }
            }
            case NEW_NAME -> judgement.rules().images().checkNewName(judgement, value, path);
            default -> {
                String problem =
                        ValueRule.of(rule.replaceFirst("^" + ONE_OF, WORDS)).problem(value);
                if (problem != null) {
                    judgement.deny(path, problem);
                }
            }
        }
    }

    private static void zero(BodyValidation judgement, @Nullable CreatePermission permission, FieldPath path) {
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
