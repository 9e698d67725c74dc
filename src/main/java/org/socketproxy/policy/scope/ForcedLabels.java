package org.socketproxy.policy.scope;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.build.BuildRules.ImageLabels;

/**
 * Labels of a new object: the labels of the profile replace values of the client, and labels by which another profile selects
 * objects are refused.
 */
final class ForcedLabels {
    private final Scope scope;
    private final ObjectKind kind;
    private final Map<String, String> forced;
    /** Keys that get an empty value, because the object would inherit a value otherwise. */
    private final Set<String> blanked = new TreeSet<>();

    /** Text that Podman reads in one way in a line of a Dockerfile. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./:@+-]*");

    private static final String LABELS = "labels";
    private static final String CHANGES = "changes";

    /** @param kind kind of the new object */
    ForcedLabels(Scope scope, ObjectKind kind) {
        this.scope = scope;
        this.kind = kind;
        this.forced = scope.forcedLabels(kind);
        // A container has the labels of its image, and a committed image also the labels of its container.
        if (kind == ObjectKind.CONTAINER || kind == ObjectKind.IMAGE) {
            blanked.addAll(scope.reservedKeys(ObjectKind.CONTAINER));
        }
        if (kind == ObjectKind.IMAGE) {
            blanked.addAll(scope.reservedKeys(ObjectKind.IMAGE));
        }
    }

    /** Returns the key of a label that the client may not give, or null. */
    @Nullable
    String refused(JsonObject labels) {
        return labels.members().entrySet().stream()
                .filter(label -> !forced.containsKey(label.getKey()) && isReserved(label.getKey(), label.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private boolean isReserved(String key, JsonValue value) {
        return value instanceof JsonString text
                ? scope.isReserved(kind, key, text.text())
                : scope.reservedKeys(kind).contains(key);
    }

    /** Returns the labels of images that a build makes. */
    ImageLabels ofBuild() {
        return new ImageLabels(forced, blanked, (key, value) -> scope.isReserved(kind, key, value));
    }

    /** Returns the labels that the object gets. */
    JsonObject of(JsonObject labels) {
        Map<String, JsonValue> all = new LinkedHashMap<>(labels.members());
        blanked.forEach(key -> all.putIfAbsent(key, new JsonString("")));
        forced.forEach((key, value) -> all.put(key, new JsonString(value)));
        return new JsonObject(all);
    }

    /**
     * Adds the labels of the profile to a new secret of Podman's API; its labels are JSON in the query.
     *
     * @throws BadTargetException if two parsers could read the labels in different ways
     * @throws OutOfScopeException if they cannot be read
     */
    static RequestTarget ofSecret(Scope scope, RequestTarget target) throws BadTargetException, OutOfScopeException {
        JsonObject forced = new ForcedLabels(scope, ObjectKind.SECRET).of(read(target));
        return target.withOnlyParameter(
                LABELS, StandardCharsets.UTF_8.decode(JsonText.write(forced)).toString());
    }

    /**
     * Adds the labels of the profile to a build, which appends them to the last stage. The containers of the steps lack them, so that
     * the daemon has to remove all. The cache of the daemon has the steps of all clients: a client would find out what others build, and
     * could build an image for their steps, because host names and proxies are no part of its key.
     *
     * @throws BadTargetException if two parsers could read the labels in different ways
     * @throws OutOfScopeException if they cannot be read
     */
    static RequestTarget ofBuild(Scope scope, RequestTarget target) throws BadTargetException, OutOfScopeException {
        JsonObject forced = new ForcedLabels(scope, ObjectKind.IMAGE).of(read(target));
        return target.withOnlyParameter(
                        LABELS,
                        StandardCharsets.UTF_8.decode(JsonText.write(forced)).toString())
                .withOnlyParameter("forcerm", "1")
                .withOnlyParameter("nocache", "1");
    }

    /** Returns why the client may not create an object with the labels of the query, or null. The sentence follows the operation. */
    static @Nullable String fault(Scope scope, ObjectKind kind, RequestTarget target) {
        try {
            boolean isRefused = new ForcedLabels(scope, kind).refused(read(target)) != null;
            return isRefused ? "has a label by which another profile selects its objects" : null;
        } catch (BadTargetException | OutOfScopeException impossible) { // the target was read before
            throw new IllegalStateException(impossible);
        }
    }

    private static JsonObject read(RequestTarget target) throws BadTargetException, OutOfScopeException {
        @Nullable String labels = target.onlyParameter(LABELS);
        if (labels == null || labels.isEmpty()) {
            return JsonObject.EMPTY;
        }
        try {
            JsonValue read = StrictJson.read(labels);
            if (read instanceof JsonObject object) {
                return object;
            }
            if (read == JsonLiteral.NULL) { // clients in Go send it without labels
                return JsonObject.EMPTY;
            }
            throw new OutOfScopeException("the labels are no object");
        } catch (InvalidJsonException unreadable) {
            throw new OutOfScopeException("the labels are no JSON");
        }
    }

    /**
     * Returns the target of a commit of Podman's own API with the labels of the profile. It has no body; a change {@code LABEL}
     * is stronger than the labels of the container.
     *
     * @throws OutOfScopeException if the client sends changes, or a label cannot be written as one
     */
    static RequestTarget ofCommit(Scope scope, RequestTarget target) throws OutOfScopeException {
        if (target.values(CHANGES).stream().anyMatch(change -> !change.isEmpty())) {
            throw new OutOfScopeException("changes can set labels");
        }
        List<String> changes = new ArrayList<>();
        for (Map.Entry<String, JsonValue> label : new ForcedLabels(scope, ObjectKind.IMAGE)
                .of(JsonObject.EMPTY)
                .members()
                .entrySet()) {
            changes.add(change(label.getKey(), ((JsonString) label.getValue()).text()));
        }
        return target.withParameters(CHANGES, changes);
    }

    private static String change(String key, String value) throws OutOfScopeException {
        boolean isPlain = PLAIN.matcher(key).matches()
                && (value.isEmpty() || PLAIN.matcher(value).matches());
        if (!isPlain) {
            throw new OutOfScopeException("a label of the profile cannot be written as a change of an image");
        }
        return "LABEL " + key + "=" + (value.isEmpty() ? "\"\"" : value);
    }
}
