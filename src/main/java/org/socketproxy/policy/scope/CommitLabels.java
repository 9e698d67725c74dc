package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * The labels of an image that Podman's own API makes of a container. It has no body; a change {@code LABEL} is stronger than the labels
 * of the container.
 */
final class CommitLabels {
    private static final String CHANGES = "changes";
    /** Text that Podman reads in one way in a line of a Dockerfile. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./:@+-]*");

    private CommitLabels() {}

    /**
     * Returns the target with the labels of the profile.
     *
     * @throws UnconfinableException if the client sends changes, or a label cannot be written as one
     */
    static RequestTarget force(Scope rules, RequestTarget target) throws UnconfinableException {
        if (target.parameters().getOrDefault(CHANGES, List.of()).stream().anyMatch(change -> !change.isEmpty())) {
            throw new UnconfinableException("changes can set labels");
        }
        List<String> changes = new ArrayList<>();
        for (Map.Entry<String, JsonValue> label : new ForcedLabels(rules, ObjectKind.IMAGE)
                .of(JsonObject.EMPTY)
                .members()
                .entrySet()) {
            changes.add(change(label.getKey(), ((JsonString) label.getValue()).text()));
        }
        return target.withParameters(CHANGES, changes);
    }

    private static String change(String key, String value) throws UnconfinableException {
        boolean isPlain = PLAIN.matcher(key).matches()
                && (value.isEmpty() || PLAIN.matcher(value).matches());
        if (!isPlain) {
            throw new UnconfinableException("a label of the profile cannot be written as a change of an image");
        }
        return "LABEL " + key + "=" + (value.isEmpty() ? "\"\"" : value);
    }
}
