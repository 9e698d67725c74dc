package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.Table;

/** The fields of judged bodies and the parameters of judged queries, from {@code create-fields.tsv}. */
public final class FieldTable {
    private static final String COLUMNS = "operation part path type class rule permission note";
    /** The path of the whole body. */
    private static final String WHOLE = ".";

    private static final String EACH_ELEMENT = "[]";
    private static final String EACH_VALUE = "*";
    private static final String ALIAS = "alias:";
    private static final String NO_PERMISSION = "-";

    private final Map<String, Field> bodies = new HashMap<>();
    private final Map<String, Map<String, List<Field.Rule>>> queries = new HashMap<>();
    /** The parameters that are JSON, by operation. */
    private final Map<String, Field> jsonParameters = new HashMap<>();

    private final Map<String, Set<String>> fields = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();

    /**
     * One row of the table.
     *
     * @param operations ids
     * @param part {@code body} or {@code query}
     * @param path names separated by dots; {@code []} is each element, {@code *} each value of a map; the rows below a parameter describe
     *     its JSON
     * @param kind class of the field: harmless, root, host, target, resource, label, secret, object, ignored, windows
     * @param rule names of rules, separated by spaces
     * @param permission allows values that the rule denies; or null
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

        List<String> rules() {
            return List.of(rule.split(" "));
        }
    }

    private FieldTable() {}

    public static FieldTable load() {
        FieldTable fields = new FieldTable();
        addingTo(fields).load(FieldTable.class);
        return fields;
    }

    /** Returns a parser of rows that adds them to an empty table. */
    static Table<Row> addingToNew() {
        return addingTo(new FieldTable());
    }

    private static Table<Row> addingTo(FieldTable fields) {
        return new Table<>("create-fields.tsv", COLUMNS, cells -> fields.add(parseRow(cells)));
    }

    private static Row parseRow(String[] cells) {
        CreatePermission permission = cells[6].equals(NO_PERMISSION)
                ? null
                : CreatePermission.of(cells[6])
                        .orElseThrow(() -> new IllegalArgumentException("unknown permission " + cells[6]));
        return new Row(
                List.of(cells[0].split(",")), cells[1], cells[2], cells[3], cells[4], cells[5], permission, cells[7]);
    }

    private Row add(Row row) {
        rows.add(row);
        for (String operation : row.operations()) {
            if (row.part().equals("query")) {
                addParameter(operation, row);
            } else {
                fields.computeIfAbsent(operation, id -> new TreeSet<>(String.CASE_INSENSITIVE_ORDER))
                        .add(row.path().split("[.\\[]", 2)[0]);
                addField(bodies, operation, row);
            }
        }
        return row;
    }

    private void addParameter(String operation, Row row) {
        boolean isBelow = row.path().matches(".*[.\\[].*");
        boolean isJson = isBelow || !Field.Type.of(row.type()).equals(Field.Type.STRING);
        if (isJson) {
            addField(jsonParameters, operation, row);
        }
        if (!isBelow) {
            List<Field.Rule> rules = isJson
                    ? List.of(QueryChecks.json(
                            Objects.requireNonNull(Objects.requireNonNull(jsonParameters.get(operation))
                                    .member(row.path()))))
                    : QueryChecks.rules(row);
            queries.computeIfAbsent(operation, id -> new TreeMap<>(String.CASE_INSENSITIVE_ORDER))
                    .put(row.path(), rules);
        }
    }

    private static void addField(Map<String, Field> roots, String operation, Row row) {
        if (row.path().equals(WHOLE)) {
            roots.put(operation, field(row));
            return;
        }
        Field root = roots.computeIfAbsent(operation, id -> new Field(Field.Type.OBJECT, Field.Rule.FIELDS));
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
        Field.Type type = Field.Type.of(row.type());
        if (!FieldRules.areBounded(type, row)) {
            throw new IllegalArgumentException(
                    "the rule " + row.rule() + " does not bound a value of the type " + type);
        }
        return new Field(type, FieldRules.of(row.rule(), row.permission()));
    }

    private static Field descend(Field parent, String step) {
        Field child = step.equals(EACH_ELEMENT) || step.equals(EACH_VALUE) ? parent.each() : parent.member(step);
        if (child == null && step.equals(EACH_ELEMENT)) {
            child = new Field(Field.Type.OBJECT, Field.Rule.FIELDS);
            parent.setEach(child);
        }
        if (child == null) {
            throw new IllegalArgumentException("there is no field " + step + " above this row");
        }
        return child;
    }

    public List<Row> rows() {
        return rows;
    }

    /** Returns the ids of the operations with a judged body. */
    public Set<String> bodies() {
        return Set.copyOf(bodies.keySet());
    }

    /** Returns true if the body of an operation has a field with this case-insensitive name. */
    boolean hasField(String operation, String name) {
        return fields.getOrDefault(operation, Set.of()).contains(name);
    }

    /** Returns the body of an operation, or null if its body is not judged. */
    @Nullable
    Field body(String operation) {
        return bodies.get(operation);
    }

    /** Returns the rules for the query of an operation by the name of the parameter, or null if it is not judged. */
    @Nullable
    Map<String, List<Field.Rule>> query(String operation) {
        return queries.get(operation);
    }
}
