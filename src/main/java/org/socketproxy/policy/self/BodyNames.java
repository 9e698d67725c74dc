package org.socketproxy.policy.self;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/** Finds names of containers in a body. */
public final class BodyNames {
    /** In the modes of namespaces. */
    private static final String CONTAINER = "container:";

    private static final String MODE = "nsmode";
    private static final String OF_CONTAINER = "container";
    private static final String VALUE = "value";

    private BodyNames() {}

    /**
     * Returns the texts of a member of the body. The daemons find it under each spelling that differs in case.
     *
     * @param member name of the member in lower case, of letters that no other character folds to
     */
    public static List<String> values(JsonValue body, String member) {
        List<String> values = new ArrayList<>();
        if (body instanceof JsonObject object) {
            object.members().forEach((name, value) -> {
                if (fold(name).equals(member) && value instanceof JsonString text) {
                    values.add(text.text());
                }
            });
        }
        return values;
    }

    /** Dotted and dotless i fold to i in some decoders. */
    private static String fold(String name) {
        return name.replace('\u0130', 'i').replace('\u0131', 'i').toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the containers whose namespaces the body joins: every text {@code container:NAME}, and of Podman's own API the value of
     * every object with the mode {@code container}.
     */
    public static List<String> joined(JsonValue body) {
        List<String> names = new ArrayList<>();
        collect(body, names);
        return names;
    }

    private static void collect(JsonValue value, List<String> names) {
        if (value instanceof JsonString text && text.text().startsWith(CONTAINER)) {
            names.add(text.text().substring(CONTAINER.length()));
        } else if (value instanceof JsonArray array) {
            array.elements().forEach(element -> collect(element, names));
        } else if (value instanceof JsonObject object) {
            if (object.text(MODE).equals(OF_CONTAINER)) {
                names.add(object.text(VALUE));
            }
            object.members().values().forEach(member -> collect(member, names));
        }
    }
}
