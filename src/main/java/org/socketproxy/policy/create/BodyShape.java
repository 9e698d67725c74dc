package org.socketproxy.policy.create;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.table.Table;

/**
 * Paths of the fields in the body of an operation that creates, updates or enters a container: a row of {@code body-shapes.tsv}. Names
 * are separated by dots; an empty path means that the body has no such field.
 *
 * @param name path of the name of the new object, or {@code ?} and a parameter of the query
 * @param cpus path of a limit in billionths of a CPU; the name of API 1.27 follows after a bar
 * @param noNewPrivileges path of a list of security options, or of a flag
 */
record BodyShape(
        String operation,
        Kind kind,
        String image,
        String name,
        String user,
        String command,
        String memory,
        String swap,
        String pids,
        String readOnly,
        String noNewPrivileges,
        String binds,
        String mounts,
        String volumes,
        String pod,
        String cpus,
        String quota,
        String period,
        String capDrop,
        String capAdd,
        String privileged,
        String labels) {
    /** Bodies and containers with more volumes are denied, because the proxy asks the daemon about each. */
    static final int MOST_VOLUMES = 64;

    private static final String COLUMNS = "operation kind image name user command memory swap pids read-only"
            + " no-new-privileges binds mounts volumes pod cpus quota period cap-drop cap-add privileged labels";
    private static final Map<String, BodyShape> ALL = new Table<>("body-shapes.tsv", COLUMNS, BodyShape::row)
            .load(BodyShape.class).stream().collect(Collectors.toMap(BodyShape::operation, Function.identity()));

    enum Kind {
        CONTAINER,
        LIBPOD_CONTAINER,
        POD,
        SERVICE,
        /** Paths are parameters of the query. */
        BUILD,
        UPDATE,
        LIBPOD_UPDATE,
        EXEC
    }

    private static BodyShape row(String[] cells) {
        String[] c = cells.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] = c[i].equals("-") ? "" : c[i];
        }
        Kind kind = Kind.valueOf(c[1].toUpperCase(Locale.ROOT).replace('-', '_'));
        return new BodyShape(
                c[0], kind, c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12], c[13], c[14], c[15],
                c[16], c[17], c[18], c[19], c[20], c[21]);
    }

    /** Returns the shape of the body of an operation, or null if the table does not have it. */
    static @Nullable BodyShape of(String operation) {
        return ALL.get(operation);
    }

    /** Returns the operations with a body of a kind. */
    static List<String> ids(Kind kind) {
        return ALL.values().stream()
                .filter(shape -> shape.kind == kind)
                .map(BodyShape::operation)
                .toList();
    }

    /** Returns the value at a path of a body; {@code null} of JSON if the body does not have it. */
    static JsonValue at(JsonObject body, String path) {
        JsonValue value = path.isEmpty() ? JsonLiteral.NULL : body;
        for (String name : path.split("\\.", -1)) {
            value = value instanceof JsonObject object ? object.get(name) : JsonLiteral.NULL;
        }
        return value;
    }

    static String text(JsonObject body, String path) {
        return at(body, path) instanceof JsonString string ? string.text() : "";
    }

    /** Returns the names of the volumes in a body. The rules deny a body with a name that is not valid. */
    Set<String> volumes(JsonObject body) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonValue element : elements(body, binds)) {
            String bind = element instanceof JsonString string ? string.text() : "";
            int colon = bind.indexOf(':');
            if (colon > 0 && !bind.startsWith("/")) {
                names.add(bind.substring(0, colon));
            }
        }
        for (JsonValue element : elements(body, mounts)) {
            if (element instanceof JsonObject mount && mount.text("Type").equals("volume")) {
                names.add(mount.text("Source"));
            }
        }
        for (JsonValue element : elements(body, volumes)) {
            if (element instanceof JsonObject volume) {
                names.add(volume.text("Name"));
            }
        }
        names.removeIf(name -> !MountChecks.VOLUME_NAME.matcher(name).matches());
        return names;
    }

    private static List<JsonValue> elements(JsonObject body, String path) {
        return at(body, path) instanceof JsonArray array ? array.elements() : List.of();
    }
}
