package org.socketproxy.policy.create;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Labels that each object gets which a body of the profile creates or updates: {@code CREATE_LABELS}. They replace those of the client.
 *
 * <p>Security: the body with the labels is judged, and forwarded.
 *
 * @param labels values by key
 */
public record NewLabels(Map<String, String> labels) {
    public static final NewLabels NONE = new NewLabels(Map.of());

    public static final ProfileKey<NewLabels> KEY =
            new ProfileKey<>(NONE, NewLabels::text, NewLabels::effect, NewLabels::isWithin);

    private static final int MOST = 32;
    private static final Pattern ELEMENT = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9._/-]{0,127})=([ -~&&[^,]]{0,256})");
    /** The labels of the containers of a service, which has labels of its own. */
    private static final String OF_TASKS = "TaskTemplate.ContainerSpec.Labels";

    private static final String TASKS = "TaskTemplate";

    public NewLabels {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Reads {@code owner=ci,team=web}; returns empty for another text. */
    public static Optional<NewLabels> parse(String text) {
        Map<String, String> labels = new TreeMap<>();
        if (text.isEmpty()) {
            return Optional.of(NONE);
        }
        for (String element : text.split(",", -1)) {
            Matcher pair = ELEMENT.matcher(element.strip());
            if (!pair.matches() || labels.put(pair.group(1), pair.group(2)) != null || labels.size() > MOST) {
                return Optional.empty();
            }
        }
        return Optional.of(new NewLabels(labels));
    }

    private String text() {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }

    private String effect() {
        return "new objects get the labels " + text() + " (CREATE_LABELS)";
    }

    private boolean isWithin(NewLabels other) {
        return labels.entrySet().containsAll(other.labels.entrySet());
    }

    /** Returns true if the body of an operation gets the labels. */
    boolean concerns(Operation operation) {
        return !labels.isEmpty() && CreateRules.labelMember(operation) != null;
    }

    /** Adds the labels to a body that is concerned. */
    void add(Operation operation, JsonEdit body) {
        add(body, Objects.requireNonNull(CreateRules.labelMember(operation)));
        if (CreateRules.isBodyField(operation, TASKS)) {
            add(body, OF_TASKS);
        }
    }

    private void add(JsonEdit body, String path) {
        Map<String, JsonValue> all =
                new LinkedHashMap<>(BodyShape.object(body.result(), path).members());
        labels.forEach((key, value) -> all.put(key, new JsonString(value)));
        body.put(path, new JsonObject(all));
    }
}
