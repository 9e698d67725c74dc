package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementEditor.Edit;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.JsonText;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.Rewriter;
import org.socketproxy.json.StrictJson;
import org.socketproxy.table.Table;

/** Shows the binds of clients in responses, and hides the volumes by which the proxy replaces them: {@code bind-responses.tsv}. */
public final class BindResponses {
    private static final Map<String, View> VIEWS = new Table<>("bind-responses.tsv", "operation edit", Row::parse)
            .load(BindResponses.class).stream().collect(Collectors.toMap(Row::operation, Row::view));

    private record Row(String operation, View view) {
        static Row parse(String[] cells) {
            return new Row(cells[0], View.valueOf(cells[1].toUpperCase(Locale.ROOT)));
        }
    }

    /** Kind of a response, which decides what is edited in it. */
    private enum View {
        CONTAINER,
        /** A list of containers, without their {@code HostConfig}. */
        LISTED,
        USAGE,
        VOLUMES,
        PRUNED,
        EVENTS,
        /** Only errors of the daemon. */
        ERROR
    }

    private BindResponses() {}

    /** Returns the splitter of the responses to an operation that shows binds; null if its responses show none. */
    public static @Nullable JsonElements elements(Operation operation) {
        View view = VIEWS.get(operation.id());
        return view == null
                ? null
                : switch (view) {
                    case CONTAINER -> value(whole(BindResponses::container));
                    case LISTED ->
                        JsonElements.array(
                                JsonElements.MAX_ELEMENT_BYTES,
                                ElementEditor.withHead(ElementEditor.HEAD, whole(ProtectedBinds::shown)));
                    case USAGE ->
                        value(Rewriter.object()
                                .elements("Volumes", (list, volume) -> unlessOwn(volume, "Name"))
                                .elements("VolumeUsage.Items", (list, volume) -> unlessOwn(volume, "Name"))
                                .elements("Containers", whole(ProtectedBinds::shown))
                                .elements("ContainerUsage.Items", whole(ProtectedBinds::shown)));
                    case VOLUMES ->
                        JsonElements.members(
                                Set.of("Volumes"),
                                JsonElements.MAX_ELEMENT_BYTES,
                                ElementEditor.withHead(
                                        ElementEditor.HEAD, (list, volume) -> unlessOwn(volume, "Name")));
                    case PRUNED ->
                        value(Rewriter.object().texts("VolumesDeleted", name -> !BindVolume.isReserved(name)));
                    case EVENTS ->
                        JsonElements.stream(
                                JsonElements.MAX_WHOLE_BYTES,
                                ElementEditor.withHead(ElementEditor.HEAD, (list, event) -> unlessOwn(event, "Actor")));
                    case ERROR -> value(whole(BindResponses::error));
                };
    }

    /** Returns true if only errors of the daemon are edited. */
    public static boolean isOfErrors(Operation operation) {
        return VIEWS.get(operation.id()) == View.ERROR;
    }

    private static JsonElements value(ElementEditor editor) {
        return JsonElements.value(JsonElements.MAX_ELEMENT_BYTES, editor);
    }

    /** Edits an element as a whole if it has the name of a volume of the proxy; any other passes byte for byte. */
    private static ElementEditor whole(Function<JsonObject, JsonObject> edit) {
        return (list, element) -> {
            String bytes =
                    StandardCharsets.ISO_8859_1.decode(element.duplicate()).toString();
            if (!bytes.contains(BindVolume.PREFIX)) {
                return Edit.KEEP;
            }
            JsonObject before = read(element);
            JsonObject after = edit.apply(before);
            return after.equals(before) ? Edit.KEEP : new Replace(JsonText.write(after));
        };
    }

    private static JsonObject read(ByteBuffer element) throws ElementException {
        try {
            if (StrictJson.read(element.duplicate()) instanceof JsonObject object) {
                return object;
            }
        } catch (InvalidJsonException malformed) {
            // the element is malformed too
        }
        throw ElementParser.unexpected();
    }

    /** Drops a volume, or an event about one, that the proxy has made. */
    private static Edit unlessOwn(ByteBuffer element, String member) throws ElementException {
        String bytes = StandardCharsets.ISO_8859_1.decode(element.duplicate()).toString();
        if (!bytes.contains(BindVolume.PREFIX)) {
            return Edit.KEEP;
        }
        JsonObject object = read(element);
        boolean isEvent = object.get(member) instanceof JsonObject;
        String name = isEvent ? object.object(member).text("ID") : object.text(member);
        boolean isOfVolume = !isEvent || object.text("Type").equals("volume");
        return isOfVolume && BindVolume.isReserved(name) ? Edit.DROP : Edit.KEEP;
    }

    private static JsonObject container(JsonObject container) {
        JsonObject shown = ProtectedBinds.shown(container);
        JsonObject state = shown.object("State");
        return state.text("Error").contains(BindVolume.PREFIX)
                ? with(shown, "State", with(state, "Error", new JsonString(sentence(state.text("Error")))))
                : shown;
    }

    private static JsonObject error(JsonObject error) {
        String message = error.text("message");
        return message.contains(BindVolume.PREFIX) ? with(error, "message", new JsonString(sentence(message))) : error;
    }

    private static JsonObject with(JsonObject object, String name, JsonValue value) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        members.put(name, value);
        return new JsonObject(members);
    }

    /** Returns an error of the daemon with paths of the host in place of paths of the volume. */
    static String sentence(String message) {
        String shown = BindVolume.PLACE.matcher(message).replaceAll(match -> BindVolume.shownPlace(match.group(1)));
        if (shown.contains("no such file or directory")) {
            return "a bind below /** needs a path that exists, because the daemon does not create it: " + shown;
        }
        return shown.contains("escapes the base directory")
                ? "a link must not lead out of the path that BINDS allows: " + shown
                : shown;
    }
}
