package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonNumber;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Kind;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;
import org.socketproxy.policy.value.ValueRule;

/**
 * Values that the proxy writes into the bodies of a profile instead of those of the client: labels, the restart policy {@code no},
 * sizes of logs, isolated networks, and addresses of ports.
 *
 * <p>Security: the written body is judged, and forwarded.
 *
 * @param clientLabels labels by which profiles select clients
 * @param isRestartOff with {@code no-restart} of {@code CREATE_REQUIRE}
 * @param logBytes most bytes of the log of a container; 0 for no limit
 * @param isLoopback with {@code loopback} of {@code CREATE_REQUIRE}
 * @param network with {@code isolated} of {@code CREATE_REQUIRE} the network of containers for which the client names none, or empty;
 *     null otherwise
 */
public record BodyEdits(
        NewLabels labels,
        ClientLabels clientLabels,
        boolean isRestartOff,
        long logBytes,
        boolean isLoopback,
        @Nullable String network) {
    public static final BodyEdits NONE = new BodyEdits(NewLabels.NONE, ClientLabels.NONE, false, 0, false, null);

    /** The network of a lease, which its containers get instead of the default one. */
    public static final ProfileKey<String> NETWORK = new ProfileKey<>(
            "",
            name -> name,
            name -> "containers without a network get the network " + name,
            (name, other) -> name.equals(other));

    /** Number of log files, if the client names none. The daemon removes the oldest file, so that half of the log remains. */
    private static final long LOG_FILES = 2;

    private static final String MAX_SIZE = "max-size";
    private static final String MAX_FILE = "max-file";
    private static final ValueRule SIZE = ValueRule.of("bytes:1k..1t");
    private static final ValueRule FILES = ValueRule.of("int:1..100");

    /** Returns true if the bodies of an operation get something. */
    public boolean concerns(Operation operation) {
        BodyShape shape = BodyShape.of(operation.id());
        return labels.concerns(operation)
                || clientLabels.concerns(operation)
                || network != null && IsolatedNetworks.concerns(operation)
                || isLoopback && LoopbackPorts.concerns(shape)
                || shape != null
                        && (isRestartOff && !shape.path(Part.RESTART).isEmpty()
                                || logBytes > 0 && !shape.path(Part.LOG).isEmpty());
    }

    /** Returns the written body; one that is not an object in strict JSON is returned as it is, and is not allowed. */
    public JsonBody write(Operation operation, JsonBody body) {
        if (!concerns(operation) || !isObject(body)) {
            return body;
        }
        JsonEdit edit = new JsonEdit(body.object());
        if (labels.concerns(operation)) {
            labels.add(operation, edit);
        }
        if (clientLabels.concerns(operation)) {
            clientLabels.add(operation, edit);
        }
        if (network != null) {
            IsolatedNetworks.write(operation, edit, network);
        }
        BodyShape shape = BodyShape.of(operation.id());
        if (isLoopback && LoopbackPorts.concerns(shape)) {
            LoopbackPorts.write(edit);
        }
        if (shape != null && isRestartOff && !shape.path(Part.RESTART).isEmpty()) {
            writeRestart(shape, edit);
        }
        if (shape != null && logBytes > 0 && !shape.path(Part.LOG).isEmpty()) {
            writeLog(shape, edit);
        }
        JsonObject written = edit.result();
        return written.equals(body.object()) ? body : JsonBody.of(JsonText.write(written));
    }

    /** Daemons read an empty body, and {@code null}, as an object without members. */
    private static boolean isObject(JsonBody body) {
        try {
            return body.isEmpty() || body.read() instanceof JsonObject || body.read() == JsonLiteral.NULL;
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private static void writeRestart(BodyShape shape, JsonEdit body) {
        String path = shape.path(Part.RESTART);
        switch (shape.kind()) {
            case LIBPOD_CONTAINER, POD -> {
                body.put(path, new JsonString("no"));
                if (body.result().members().containsKey("restart_tries")) {
                    body.put("restart_tries", JsonLiteral.NULL);
                }
            }
            case SERVICE -> body.put(path, object("Condition", "none"));
            case UPDATE -> { // without a name it keeps the policy
                if (!BodyShape.object(body.result(), path).text("Name").isEmpty()) {
                    body.put(path, object("Name", "no"));
                }
            }
            default -> body.put(path, object("Name", "no"));
        }
    }

    private void writeLog(BodyShape shape, JsonEdit body) {
        String path = shape.path(Part.LOG);
        boolean isService = shape.kind() == Kind.SERVICE;
        boolean isLibpod = shape.kind() == Kind.LIBPOD_CONTAINER;
        String driver = isLibpod ? "driver" : isService ? "Name" : "Type";
        String name = BodyShape.object(body.result(), path).text(driver);
        if (!LogChecks.isInFiles(name)) {
            return;
        }
        if (isLibpod) { // without a name Podman can have journald
            body.put(path + "." + driver, new JsonString(name.isEmpty() ? "k8s-file" : name));
            JsonValue size = BodyShape.at(body.result(), path + ".size");
            boolean isSmaller = size instanceof JsonNumber number && isSmaller(number.text(), logBytes / LOG_FILES);
            body.put(path + ".size", isSmaller ? size : new JsonNumber(Long.toString(logBytes / LOG_FILES)));
            return;
        }
        String options = path + (isService ? ".Options" : ".Config");
        JsonObject asked = BodyShape.object(body.result(), options);
        String files = asked.text(MAX_FILE).isEmpty() ? Long.toString(LOG_FILES) : asked.text(MAX_FILE);
        long most = logBytes / (FILES.problem(files) == null ? Long.parseLong(files) : LOG_FILES);
        Map<String, JsonValue> written = new LinkedHashMap<>(asked.members());
        written.put(MAX_FILE, new JsonString(files));
        if (asked.text(MAX_SIZE).isEmpty() || SIZE.problem(asked.text(MAX_SIZE)) == null) { // the judge denies others
            boolean isSmaller = isSmaller(asked.text(MAX_SIZE), most);
            written.put(MAX_SIZE, isSmaller ? asked.get(MAX_SIZE) : new JsonString(Long.toString(most)));
        }
        body.put(path + "." + driver, new JsonString(name.isEmpty() ? "json-file" : name));
        body.put(options, new JsonObject(written));
    }

    private static boolean isSmaller(String size, long most) {
        return !size.isEmpty() && SIZE.problem(size) == null && ValueRule.bytes(size) <= most;
    }

    private static JsonObject object(String name, String text) {
        return new JsonObject(Map.of(name, new JsonString(text)));
    }
}
