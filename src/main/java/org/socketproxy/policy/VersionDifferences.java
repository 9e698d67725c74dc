package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.table.Table;

/**
 * Differences between versions of the Docker API, by operation. A request means the same in two versions if its operation is in the
 * table, exists in both, and no difference between them concerns the request.
 *
 * <p>Source: the history of the API, and the version checks in the handlers of dockerd 26.1 and 29.1.
 *
 * <p>Threading: immutable.
 */
public final class VersionDifferences {
    /** The newest version that the table describes. */
    public static final ApiVersion NEWEST = new ApiVersion(1, 52);

    static final Table<Row> TABLE = new Table<>(
            "version-differences.tsv", "operations version kind fields difference", VersionDifferences::parseRow);

    private static final String NONE = "-";

    private final List<Row> rows;
    private final Map<String, List<Row>> byOperation = new HashMap<>();

    /** The part of a request or response that a difference concerns. */
    public enum Kind {
        /** Nothing, in all versions. */
        SAME,
        /** A query parameter that lower versions ignore. */
        QUERY,
        /** A field of the body that lower versions ignore or refuse, unless its value is empty. */
        BODY,
        /** Such a field whose empty value has a meaning: each value but {@code null} differs. */
        BODY_PRESENT,
        /** Each request. */
        ALL,
        /** A part that both versions accept, with a difference that the administrator accepts. */
        NOTE,
        /** Only the response. */
        RESPONSE
    }

    /**
     * A row of the table.
     *
     * @param operations their ids
     * @param version the first one with the difference; the lowest one for {@link Kind#SAME}
     * @param fields query parameters, or paths in the body or the response; see {@link BodyPath}
     * @param difference for the documentation, or empty
     */
    public record Row(List<String> operations, ApiVersion version, Kind kind, List<String> fields, String difference) {
        public Row {
            operations = List.copyOf(operations);
            fields = List.copyOf(fields);
        }

        private boolean isOfBody() {
            return kind == Kind.BODY || kind == Kind.BODY_PRESENT;
        }

        private boolean isIn(RequestTarget target) {
            return kind == Kind.ALL
                    || kind == Kind.QUERY
                            && fields.stream()
                                    .anyMatch(
                                            name -> target.values(name).stream().anyMatch(value -> !value.isEmpty()));
        }

        private boolean isIn(JsonValue body) {
            return fields.stream().anyMatch(path -> new BodyPath(path, kind == Kind.BODY_PRESENT).isIn(body));
        }
    }

    private VersionDifferences(List<Row> rows) {
        this.rows = rows;
        for (Row row : rows) {
            row.operations()
                    .forEach(id -> byOperation
                            .computeIfAbsent(id, any -> new ArrayList<>())
                            .add(row));
        }
    }

    /** Loads the table from the program's resources. */
    public static VersionDifferences load() {
        return new VersionDifferences(TABLE.load(VersionDifferences.class));
    }

    private static Row parseRow(String[] cells) {
        Kind kind = Kind.valueOf(cells[2].toUpperCase(Locale.ROOT).replace('-', '_'));
        return new Row(
                List.of(cells[0].split(",")),
                kind == Kind.SAME ? ApiVersion.LOWEST : version(cells[1]),
                kind,
                cells[3].equals(NONE) ? List.of() : List.of(cells[3].split(",")),
                cells[4].equals(NONE) ? "" : cells[4]);
    }

    private static ApiVersion version(String cell) {
        return ApiVersion.parse(cell)
                .filter(version -> !NEWEST.isBefore(version))
                .orElseThrow(() -> new IllegalArgumentException("a version up to " + NEWEST + ", not " + cell));
    }

    public List<Row> rows() {
        return rows;
    }

    /** Returns true if the head of a request means the same in both versions. Its body may differ. */
    boolean isSame(Operation operation, RequestTarget target, Translated versions) {
        return !NEWEST.isBefore(versions.forwarded())
                && byOperation.containsKey(operation.id())
                && since(operation)
                        .filter(since -> !versions.own().isBefore(since))
                        .isPresent()
                && between(operation, versions).noneMatch(row -> row.isIn(target));
    }

    private static Optional<ApiVersion> since(Operation operation) {
        return ApiVersion.parse(operation.since().replace("<=", ""));
    }

    /** Returns true if bodies of the operation differ between any versions. */
    boolean concernsBody(Operation operation) {
        return of(operation).anyMatch(Row::isOfBody);
    }

    /** Returns true if a body means the same in both versions; false also for a body that is not strict JSON. */
    boolean isSame(Operation operation, JsonBody body, Translated versions) {
        List<Row> differences =
                between(operation, versions).filter(Row::isOfBody).toList();
        if (differences.isEmpty() || body.isEmpty()) {
            return true;
        }
        try {
            JsonValue value = body.read();
            return differences.stream().noneMatch(row -> row.isIn(value));
        } catch (InvalidJsonException unreadable) {
            return false;
        }
    }

    private Stream<Row> between(Operation operation, Translated versions) {
        return of(operation)
                .filter(row -> versions.own().isBefore(row.version)
                        && !versions.forwarded().isBefore(row.version));
    }

    private Stream<Row> of(Operation operation) {
        return byOperation.getOrDefault(operation.id(), List.of()).stream();
    }
}
