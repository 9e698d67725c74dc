package org.socketproxy.policy.create;

import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the name of a time zone: Podman copies the file of this name below the folder of the zones into the container. */
final class TimezoneCheck implements FieldRule {
    private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9_+-]++(?:/[A-Za-z0-9_+-]++)*+");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String zone = ((JsonString) value).text();
        if (!zone.isEmpty() && !ZONE.matcher(zone).matches()) {
            judgement.deny(path, "is not the name of a time zone");
        }
    }
}
