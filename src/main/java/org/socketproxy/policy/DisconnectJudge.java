package org.socketproxy.policy;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation;

/** Judges the body of NetworkDisconnect for a confined client: it names one container, and the daemon reads it in one way. */
final class DisconnectJudge implements BodyJudge {
    private static final String CONTAINER = "Container";
    private static final Set<String> FIELDS = Set.of(CONTAINER, "Force");

    @Override
    public @Nullable Decision deny(Decision allowed, JsonBody body) {
        if (isOneContainer(body)) {
            return null;
        }
        Operation operation = Objects.requireNonNull(allowed.operation());
        String sentence = "the body is not an object of Container and Force";
        return Decision.exceeding(
                List.of(new Violation(Violation.Kind.FORM, "", sentence, null)), operation, allowed.isWrite());
    }

    private static boolean isOneContainer(JsonBody body) {
        try {
            return !body.isEmpty()
                    && body.read() instanceof JsonObject object
                    && FIELDS.containsAll(object.members().keySet())
                    && object.members().get(CONTAINER) instanceof JsonString;
        } catch (InvalidJsonException invalid) {
            return false;
        }
    }
}
