package org.socketproxy.policy.create;

import org.socketproxy.json.JsonValue;

/**
 * Rule for the value of one field.
 *
 * <p>Threading: immutable.
 */
interface FieldRule {
    /** An object whose members have rows of their own. */
    FieldRule FIELDS = (judgement, value, path) -> {};

    /** Allows every value with everything below it, because the daemon ignores the field. */
    FieldRule IGNORED = (judgement, value, path) -> {};

    /** Allows every value of a field that the proxy removes from the body. */
    FieldRule REMOVED = (judgement, value, path) -> {};

    /**
     * Reports what the rule does not allow.
     *
     * @param value of the field's type, and not null
     */
    void check(BodyValidation judgement, JsonValue value, FieldPath path);
}
