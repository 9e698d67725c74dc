package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges the form of the pod in the body of Podman's own API: a name or id, by which the proxy asks for the pod. The new container
 * gets the namespaces and mounts of the infra container.
 */
final class LibpodPodCheck implements FieldRule {
    private static final String POD = "pod";
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String name = ((JsonString) value).text();
        if (!name.isEmpty() && !PLAIN.matcher(name).matches()) {
            judgement.deny(path, "is not the name or id of a pod");
        }
    }

    /** Returns the pod of a new container; empty if the body has none. */
    static String of(String operation, JsonBody body) {
        return operation.equals("ContainerCreateLibpod") ? BodyValidation.string(read(body), POD) : "";
    }

    /** Returns the body with the full id in place of the name, so that no other pod can take the name meanwhile. */
    static JsonObject withId(JsonBody body, String id) {
        Map<String, JsonValue> members = new LinkedHashMap<>(read(body).members());
        members.put(POD, new JsonString(id));
        return new JsonObject(members);
    }

    private static JsonObject read(JsonBody body) {
        try {
            return !body.isEmpty() && body.read() instanceof JsonObject object ? object : JsonObject.EMPTY;
        } catch (InvalidJsonException denied) {
            return JsonObject.EMPTY; // the rules have denied this body
        }
    }
}
