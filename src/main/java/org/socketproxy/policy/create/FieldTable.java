package org.socketproxy.policy.create;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields of judged bodies and the parameters of judged queries, from {@code create-fields.tsv}.
 *
 * <p>Threading: immutable.
 */
public final class FieldTable {
    static final String HEADER = "operation\tpart\tpath\ttype\tclass\trule\tpermission\tnote";
    private static final String TABLE = "create-fields.tsv";
    private static final int COLUMNS = 8;
    /** The path of the whole body. */
    private static final String WHOLE = ".";

    private static final String EACH_ELEMENT = "[]";
    private static final String EACH_VALUE = "*";
    private static final String ALIAS = "alias:";
    private static final String NO_PERMISSION = "-";

    private final Map<String, Field> bodies = new HashMap<>();
    private final Map<String, Map<String, Row>> queries = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();

    /**
     * One row of the table.
     *
     * @param operations ids of the operations
     * @param part {@code body} or {@code query}
     * @param path names separated by dots; {@code []} is each element, {@code *} each value of a map
     * @param type form of the value
     * @param kind class of the field: harmless, root, host, target, resource, label, secret, object, ignored, windows
     * @param rule name of the rule
     * @param permission the permission that allows what the rule denies, or null
     * @param note what the field does
     */
    public record Row(
            List<String> operations,
            String part,
            String path,
            String type,
            String kind,
            String rule,
            @Nullable CreatePermission permission,
            String note) {
        public Row {
            operations = List.copyOf(operations);
        }
    }

    private FieldTable() {}

    /** Loads the table from the program's resources. */
    public static FieldTable load() {
        InputStream resource = FieldTable.class.getResourceAsStream(TABLE);
        if (resource == null) {
            throw new IllegalStateException("The table " + TABLE + " is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return read(table);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** @throws IllegalArgumentException if a row is malformed; the message has the line number */
    static FieldTable read(BufferedReader table) throws IOException {
        if (!HEADER.equals(table.readLine())) {
            throw new IllegalArgumentException(TABLE + ", line 1: expected the columns " + HEADER.replace('\t', ' '));
        }
        FieldTable fields = new FieldTable();
        int line = 1;
        for (String row = table.readLine(); row != null; row = table.readLine()) {
            line++;
            try {
                fields.add(parseRow(row));
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException(TABLE + ", line " + line + ": " + bad.getMessage(), bad);
            }
        }
        return fields;
    }

    private static Row parseRow(String row) {
        String[] cells = row.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException("expected " + COLUMNS + " columns, found " + cells.length);
        }
        CreatePermission permission = cells[6].equals(NO_PERMISSION)
                ? null
                : CreatePermission.of(cells[6])
                        .orElseThrow(() -> new IllegalArgumentException("unknown permission " + cells[6]));
        return new Row(
                List.of(cells[0].split(",")), cells[1], cells[2], cells[3], cells[4], cells[5], permission, cells[7]);
    }

    private void add(Row row) {
        rows.add(row);
        for (String operation : row.operations()) {
            if (row.part().equals("query")) {
                QueryCheck.checkRule(row);
                queries.computeIfAbsent(operation, id -> new TreeMap<>(String.CASE_INSENSITIVE_ORDER))
                        .put(row.path(), row);
            } else {
                addField(operation, row);
            }
        }
    }

    private void addField(String operation, Row row) {
        Field root = bodies.get(operation);
        if (row.path().equals(WHOLE)) {
            bodies.put(operation, field(row));
            return;
        }
        if (root == null) {
            root = new Field(FieldType.OBJECT, FieldRule.ALLOW);
            bodies.put(operation, root);
        }
        List<String> steps =
                List.of(row.path().replace(EACH_ELEMENT, "." + EACH_ELEMENT).split("\\."));
        Field parent = root;
        for (String step : steps.subList(0, steps.size() - 1)) {
            parent = descend(parent, step);
        }
        String last = steps.get(steps.size() - 1);
        if (row.rule().startsWith(ALIAS)) {
            parent.addAlias(last, row.rule().substring(ALIAS.length()));
        } else if (last.equals(EACH_VALUE) || last.equals(EACH_ELEMENT)) {
            parent.setEach(field(row));
        } else {
            parent.add(last, field(row));
        }
    }

    private static Field field(Row row) {
        return new Field(FieldType.of(row.type()), FieldRules.of(row.rule(), row.permission()));
    }

    private static Field descend(Field parent, String step) {
        Field child = step.equals(EACH_ELEMENT) || step.equals(EACH_VALUE) ? parent.each() : parent.member(step);
        if (child == null && step.equals(EACH_ELEMENT)) {
            child = new Field(FieldType.OBJECT, FieldRule.ALLOW);
            parent.setEach(child);
        }
        if (child == null) {
            throw new IllegalArgumentException("there is no field " + step + " above this row");
        }
        return child;
    }

    /** Returns all rows in the order of the table. */
    public List<Row> rows() {
        return rows;
    }

    /** Returns the ids of the operations whose bodies are judged. */
    public Set<String> bodies() {
        return Set.copyOf(bodies.keySet());
    }

    /** Returns the body of an operation, or null if its body is not judged. */
    @Nullable
    Field body(String operation) {
        return bodies.get(operation);
    }

    /** Returns the rules for the query of an operation by the name of the parameter, or null if it is not judged. */
    @Nullable
    Map<String, Row> query(String operation) {
        return queries.get(operation);
    }
}
