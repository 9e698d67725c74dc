package org.socketproxy.policy.create;

import java.util.List;
import org.socketproxy.json.JsonValue;

/**
 * Judges {@code Env}. Podman reads an element without a value as a variable of its own environment, and {@code *} at the end
 * of such a name as every variable that begins so. dockerd removes a variable that has no value.
 */
final class EnvironmentCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> variables = judgement.strings(value, path);
        for (int i = 0; i < variables.size(); i++) {
            String variable = variables.get(i);
            if (variable.indexOf('=') < 0 && variable.indexOf('*') >= 0) {
                judgement.deny(
                        path.element(i), "names several variables, which Podman copies from its own environment");
            }
        }
    }
}
