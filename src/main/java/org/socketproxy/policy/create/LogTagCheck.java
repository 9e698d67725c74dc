package org.socketproxy.policy.create;

import org.socketproxy.policy.value.ValueRule;

/**
 * Judges the log tag of an existing container. The daemon expands it at each start, and it may come from a create that no rule
 * has judged.
 */
final class LogTagCheck {
    private static final ValueRule PLACEHOLDERS = ValueRule.of("template:log-tag");
    private static final String OPEN = "{{";

    private LogTagCheck() {}

    /** Reports a template other than the placeholders that a create body may have. */
    static void check(BodyValidation judgement, String tag, FieldPath path) {
        String problem = tag.contains(OPEN) ? PLACEHOLDERS.problem(tag) : null;
        if (problem != null && !judgement.permissions().has(CreatePermission.LOG_TEMPLATE)) {
            judgement.deny(path, problem, CreatePermission.LOG_TEMPLATE, null);
        }
    }
}
