package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Hides ids and names of containers in errors of the daemon, such as the container that has a name or uses a volume.
 *
 * @param target the target of the request; an id in it is shown
 */
public record ConflictEditor(RequestTarget target) implements ElementEditor {
    private static final String ERRORS = "Errors";
    /** Podman's report on several images has errors beside the removed images. */
    private static final Set<String> LISTS = Set.of(ERRORS, "Untagged", "Deleted");

    private static final int MAX_BYTES = 64 * 1024;
    private static final String HIDDEN = "hidden";
    private static final Pattern ID = Pattern.compile("(?<![0-9A-Za-z])[0-9a-f]{12,64}(?![0-9A-Za-z])");
    /** dockerd 28 names the containers of a network. */
    private static final Pattern MEMBER = Pattern.compile("name:\"[^\"]*\"");

    /** Returns the splitter of an error, or null if the errors of the operation name no objects. */
    public static @Nullable JsonElements elements(Operation operation, RequestTarget target) {
        return operation.is(OperationRules.Trait.CONFLICTS) ? elements(target) : null;
    }

    /** Returns the splitter of a response that can be a report with errors. */
    static JsonElements elements(RequestTarget target) {
        return JsonElements.value(MAX_BYTES, new ConflictEditor(target));
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        try {
            if (StrictJson.read(element) instanceof JsonObject error) {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                for (Map.Entry<String, JsonValue> member : error.members().entrySet()) {
                    members.put(member.getKey(), hide(member.getKey(), member.getValue()));
                }
                return members.equals(error.members())
                        ? Edit.KEEP
                        : new Replace(JsonText.write(new JsonObject(members)));
            }
            throw ElementParser.unexpected();
        } catch (InvalidJsonException malformed) {
            throw ElementParser.unexpected();
        }
    }

    private JsonValue hide(String name, JsonValue value) throws ElementException {
        if (value instanceof JsonString message) {
            return new JsonString(hide(message.text()));
        }
        if (value instanceof JsonArray messages) {
            ElementParser.require(LISTS.contains(name));
            return name.equals(ERRORS) ? hide(messages) : messages;
        }
        ElementParser.require(!(value instanceof JsonObject));
        return value;
    }

    private JsonArray hide(JsonArray messages) {
        return new JsonArray(messages.elements().stream()
                .map(each -> each instanceof JsonString message ? new JsonString(hide(message.text())) : each)
                .toList());
    }

    private String hide(String message) {
        String ids = ID.matcher(message).replaceAll(id -> isShown(id.group()) ? id.group() : HIDDEN);
        return MEMBER.matcher(ids).replaceAll(Matcher.quoteReplacement("name:\"" + HIDDEN + "\""));
    }

    private boolean isShown(String id) {
        return target.raw().contains(id);
    }
}
