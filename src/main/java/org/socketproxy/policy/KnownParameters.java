package org.socketproxy.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.value.ValueRule;
import org.socketproxy.table.Table;

/**
 * The known query parameters and the bounds of their values: rows of {@code parameters.tsv}. A write has no parameter without a
 * row; a read with rows neither.
 *
 * <p>Security: a parameter of a newer daemon is denied until it has a row.
 *
 * <p>Threading: immutable.
 */
public final class KnownParameters {
    static final Table<Row> TABLE =
            new Table<>("parameters.tsv", "operations parameters rule note", KnownParameters::parseRow);

    private static final String ANY = "*";
    private static final String NONE = "-";
    /** Rule of {@link #ANY}: other parameters are allowed too. */
    private static final String OPEN = "open";
    /** Rule of {@link #ANY}: names of fields of the body are allowed too, and no daemon reads them in the query. */
    private static final String BODY = "body";
    /** Rule of a parameter that no daemon reads: any value. */
    private static final String IGNORED = "ignored";

    private static final String PROCESSES = "processes";

    private static final ValueRule EVERY_VALUE = text -> null;
    private static final Pattern SHOWN = Pattern.compile("[A-Za-z0-9_.-]{1,40}");

    private final List<Row> rows;
    private final Map<String, Known> byOperation = new HashMap<>();

    /**
     * A row of the table.
     *
     * @param operations ids of the operations, or {@code *}
     * @param parameters names; {@code *} for all others; {@code -} for none
     * @param rule name of a {@link ValueRule}, {@code ignored}, {@code open}, {@code body}, or {@code -} without parameters
     * @param note effect of the parameters, or {@code -}
     */
    public record Row(List<String> operations, List<String> parameters, String rule, String note) {
        public Row {
            operations = List.copyOf(operations);
            parameters = List.copyOf(parameters);
        }
    }

    private record Parameter(String name, ValueRule rule, boolean isJoined) {
        @Nullable
        String problem(List<String> values, RequestTarget target) {
            if (isJoined && !target.isSpelledInOneWay(name)) {
                return "is spelled in several ways";
            }
            for (String value : isJoined ? List.of(String.join(" ", values)) : values) {
                String problem = value.isEmpty() ? null : rule.problem(value);
                if (problem != null) {
                    return problem;
                }
            }
            return null;
        }
    }

    /** The parameters of one operation by their case-insensitive names. */
    private static final class Known {
        final Map<String, Parameter> parameters = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        boolean isOpen;
        boolean isBodyRepeated;
    }

    KnownParameters(List<Row> rows) {
        this.rows = rows;
        byOperation.put(ANY, new Known());
        rows.forEach(row -> row.operations.forEach(operation -> add(operation, row)));
    }

    public static KnownParameters load() {
        return new KnownParameters(TABLE.load(KnownParameters.class));
    }

    private static Row parseRow(String[] cells) {
        Row row = new Row(List.of(cells[0].split(",")), List.of(cells[1].split(",")), cells[2], cells[3]);
        boolean isRuleKnown = row.parameters.equals(List.of(NONE))
                ? row.rule.equals(NONE)
                : row.parameters.contains(ANY) ? List.of(OPEN, BODY).contains(row.rule) : rule(row) != null;
        if (!isRuleKnown) {
            throw new IllegalArgumentException("unknown rule " + row.rule);
        }
        return row;
    }

    private static ValueRule rule(Row row) {
        return row.rule.equals(IGNORED) ? EVERY_VALUE : ValueRule.of(row.rule);
    }

    private void add(String operation, Row row) {
        Known known = byOperation.computeIfAbsent(operation, id -> new Known());
        known.isOpen |= row.rule.equals(OPEN);
        known.isBodyRepeated |= row.rule.equals(BODY);
        if (!row.parameters.contains(ANY) && !row.parameters.contains(NONE)) {
            ValueRule rule = rule(row);
            row.parameters.forEach(name -> {
                Parameter parameter = new Parameter(name, rule, row.rule.equals(PROCESSES));
                if (known.parameters.put(name, parameter) != null) {
                    throw new IllegalArgumentException("parameters.tsv: " + operation + " has two rows for " + name);
                }
            });
        }
    }

    public List<Row> rows() {
        return rows;
    }

    /** Returns true if the operation has a row, and no other parameters than those of its rows. */
    public boolean isClosed(Operation operation) {
        Known known = byOperation.get(operation.id());
        return known != null && !known.isOpen;
    }

    /** Returns the reason to deny the query, or null. */
    @Nullable
    ParameterDenial denial(Operation operation, RequestTarget target) {
        Known known = byOperation.get(operation.id());
        if (known == null && !operation.write().isAlways()) {
            return null;
        }
        Known everywhere = byOperation.get(ANY);
        for (Map.Entry<String, List<String>> given : target.parameters().entrySet()) {
            Parameter parameter = known == null ? null : known.parameters.get(given.getKey());
            if (parameter == null && everywhere != null) {
                parameter = everywhere.parameters.get(given.getKey());
            }
            ParameterDenial denial = parameter == null
                    ? unknown(operation, known, given.getKey())
                    : bounded(parameter, parameter.problem(given.getValue(), target));
            if (denial != null) {
                return denial;
            }
        }
        return null;
    }

    private static @Nullable ParameterDenial bounded(Parameter parameter, @Nullable String problem) {
        return problem == null ? null : ParameterDenial.of(Reason.PARAMETER_VALUE, parameter.name + " " + problem);
    }

    /** Allows an empty name, which stands beside a needless ampersand. */
    private static @Nullable ParameterDenial unknown(Operation operation, @Nullable Known known, String name) {
        if (name.isEmpty()
                || known != null && known.isOpen
                || known != null && known.isBodyRepeated && CreateRules.isBodyField(operation, name)) {
            return null;
        }
        String shown = SHOWN.matcher(name).matches() ? "the parameter " + name : "a parameter";
        return ParameterDenial.of(
                Reason.PARAMETER_UNKNOWN,
                "the proxy does not know " + shown + ", which may reach more than the operation");
    }
}
