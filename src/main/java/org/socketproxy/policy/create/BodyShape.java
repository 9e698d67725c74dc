package org.socketproxy.policy.create;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.table.Table;

/**
 * Paths of the fields in the body of an operation that creates, updates or enters a container: a row of {@code body-shapes.tsv}. Names
 * are separated by dots.
 *
 * @param paths without the fields that the body does not have
 */
record BodyShape(String operation, Kind kind, Map<Part, String> paths) {
    /** Bodies and containers with more volumes are denied, because the proxy asks the daemon about each. */
    static final int MOST_VOLUMES = 64;

    private static final int FIRST_PART = 2;
    private static final String COLUMNS =
            "operation kind " + Stream.of(Part.values()).map(Part::column).collect(Collectors.joining(" "));
    private static final Map<String, BodyShape> ALL = new Table<>("body-shapes.tsv", COLUMNS, BodyShape::row)
            .load(BodyShape.class).stream().collect(Collectors.toMap(BodyShape::operation, Function.identity()));

    /** The columns of the table after the kind. */
    enum Part {
        IMAGE,
        /** Name of the new object; a path, or {@code ?} and a parameter of the query. */
        NAME,
        USER,
        COMMAND,
        MEMORY,
        SWAP,
        PIDS,
        READ_ONLY,
        /** A list of security options, or a flag. */
        NO_NEW_PRIVILEGES,
        BINDS,
        MOUNTS,
        VOLUMES,
        POD,
        /** Limit in billionths of a CPU; the name of API 1.27 follows after a bar. */
        CPUS,
        QUOTA,
        PERIOD,
        CAP_DROP,
        CAP_ADD,
        PRIVILEGED,
        LABELS,
        RESTART,
        /** Log driver with its options. */
        LOG;

        private String column() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

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
        Map<Part, String> paths = new EnumMap<>(Part.class);
        int column = FIRST_PART;
        for (Part part : Part.values()) {
            String cell = cells[column++];
            if (!cell.equals("-")) {
                paths.put(part, cell);
            }
        }
        return new BodyShape(
                cells[0], Kind.valueOf(cells[1].toUpperCase(Locale.ROOT).replace('-', '_')), Map.copyOf(paths));
    }

    /** Returns the path of a part; empty if the body does not have it. */
    String path(Part part) {
        return paths.getOrDefault(part, "");
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

    /** Returns the object at a path of a body; an empty one if the body does not have it. */
    static JsonObject object(JsonObject body, String path) {
        return at(body, path) instanceof JsonObject object ? object : JsonObject.EMPTY;
    }

    static String text(JsonObject body, String path) {
        return at(body, path) instanceof JsonString string ? string.text() : "";
    }

    /** Returns the names of the volumes in a body. The rules deny a body with a name that is not valid. */
    Set<String> volumes(JsonObject body) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonValue element : elements(body, path(Part.BINDS))) {
            String bind = element instanceof JsonString string ? string.text() : "";
            int colon = bind.indexOf(':');
            if (colon > 0 && !bind.startsWith("/")) {
                names.add(bind.substring(0, colon));
            }
        }
        for (JsonValue element : elements(body, path(Part.MOUNTS))) {
            if (element instanceof JsonObject mount && mount.text("Type").equals("volume")) {
                names.add(mount.text("Source"));
            }
        }
        for (JsonValue element : elements(body, path(Part.VOLUMES))) {
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
