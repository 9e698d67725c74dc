package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.BodyShape.Part;
import org.socketproxy.policy.mask.Marker;

/**
 * Facts about the object that a judged body creates, for the audit record.
 *
 * <p>Security: contains no argument of a command, because any of them can be a secret; the group {@code args} of {@code MASK}
 * masks the same values. The program is kept if it is a plain word.
 *
 * @param image reference or id of the image; null if the body has none, or something else in its place
 * @param name name of the container or service, as the client sent it; null without a name
 * @param command the program of an exec and a marker for each argument; empty for other operations
 */
public record CreatedObject(
        @Nullable String image, @Nullable String name, List<String> command) {
    /** The facts of a request without a judged body. */
    public static final CreatedObject NONE = new CreatedObject(null, null, List.of());

    /** Further arguments of a command are left out. */
    static final int MOST_WORDS = 16;

    private static final int LONGEST = 512;
    private static final Pattern PROGRAM = Pattern.compile("[a-zA-Z0-9._/+-]{1,128}");
    private static final Pattern IMAGE_ID = Pattern.compile("(?:sha256:)?[0-9a-f]{4,64}");

    public CreatedObject {
        command = List.copyOf(command);
    }

    /** Reads a request that creates a container, pod, service or exec; {@link #NONE} for other requests and for unreadable bodies. */
    public static CreatedObject read(Operation operation, RequestTarget target, JsonBody body) {
        BodyShape shape = BodyShape.of(operation.id());
        if (shape == null) {
            return NONE;
        }
        JsonObject object = body.object();
        String name = shape.path(Part.NAME).startsWith("?")
                ? String.join(
                        ",",
                        target.parameters().getOrDefault(shape.path(Part.NAME).substring(1), List.of()))
                : BodyShape.text(object, shape.path(Part.NAME));
        return new CreatedObject(
                image(BodyShape.text(object, shape.path(Part.IMAGE))),
                cut(name),
                command(object.members().get(shape.path(Part.COMMAND))));
    }

    private static @Nullable String image(String image) {
        return ImageName.parse(image).isPresent() || IMAGE_ID.matcher(image).matches() ? cut(image) : null;
    }

    private static List<String> command(@Nullable JsonValue value) {
        List<JsonValue> words =
                value instanceof JsonArray array ? array.elements() : value == null ? List.of() : List.of(value);
        List<String> command = new ArrayList<>();
        for (JsonValue word : words.subList(0, Math.min(words.size(), MOST_WORDS))) {
            boolean isProgram = command.isEmpty()
                    && word instanceof JsonString program
                    && PROGRAM.matcher(program.text()).matches();
            command.add(isProgram ? ((JsonString) word).text() : Marker.TEXT);
        }
        return command;
    }

    /** One character more than the record prints, so that the output shows the truncation. */
    private static @Nullable String cut(String text) {
        return text.isEmpty() ? null : text.length() > LONGEST ? text.substring(0, LONGEST + 1) : text;
    }
}
