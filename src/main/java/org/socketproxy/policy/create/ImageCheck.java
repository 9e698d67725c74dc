package org.socketproxy.policy.create;

import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the image of a container or service by {@code CREATE_IMAGES}. */
final class ImageCheck implements FieldRule {
    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        judgement.rules().images().check(judgement, ((JsonString) value).text(), path);
    }
}
