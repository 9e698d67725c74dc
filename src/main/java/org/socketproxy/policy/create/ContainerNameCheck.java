package org.socketproxy.policy.create;

import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the name of a new container: one like an id would be found by the id of a removed container. */
final class ContainerNameCheck implements FieldRule {
    private static final Pattern LIKE_AN_ID = Pattern.compile("/*[0-9a-f]{12,64}");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        check(judgement, ((JsonString) value).text(), path);
    }

    static void check(BodyValidation judgement, String name, FieldPath path) {
        if (LIKE_AN_ID.matcher(name).matches()) {
            judgement.deny(path, "has the form of an id");
        }
    }
}
