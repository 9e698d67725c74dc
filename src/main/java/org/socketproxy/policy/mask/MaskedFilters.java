package org.socketproxy.policy.mask;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.table.Table;

/**
 * Denies values of {@code filters} by which the daemon would compare a masked value: rows of {@code masked-filters.tsv}.
 *
 * <p>Security: a filter without a row is denied, also a known one in another case, which Podman would read.
 *
 * <p>Threading: immutable.
 */
public final class MaskedFilters {
    static final Table<Row> TABLE =
            new Table<>("masked-filters.tsv", "operations filters groups allowed note", Row::parse);

    private static final String NONE = "-";
    private static final Pattern SHOWN = Pattern.compile("[A-Za-z0-9_.!-]{1,32}");

    /** Loaded at the first use; the rows of an operation by the name of a filter. */
    private static final class Rows {
        static final Map<String, Map<String, List<Row>>> BY_OPERATION = new HashMap<>();

        static {
            for (Row row : TABLE.load(MaskedFilters.class)) {
                for (String operation : row.operations) {
                    Map<String, List<Row>> filters = BY_OPERATION.computeIfAbsent(operation, id -> new HashMap<>());
                    row.filters.forEach(filter -> filters.computeIfAbsent(filter, name -> new ArrayList<>())
                            .add(row));
                }
            }
        }
    }

    /**
     * A row of the table.
     *
     * @param groups groups of {@code MASK} with values that the filters compare; empty if there are none
     * @param allowed pattern of the values that compare nothing masked; null if there are none
     */
    record Row(
            List<String> operations,
            List<String> filters,
            Set<MaskGroup> groups,
            @Nullable Pattern allowed,
            String note) {
        Row {
            operations = List.copyOf(operations);
            filters = List.copyOf(filters);
            groups = Set.copyOf(groups);
        }

        static Row parse(String[] cells) {
            Set<MaskGroup> groups = EnumSet.noneOf(MaskGroup.class);
            if (!cells[2].equals(NONE)) {
                Arrays.stream(cells[2].split(","))
                        .map(word ->
                                MaskGroup.of(word).orElseThrow(() -> new IllegalArgumentException("unknown " + word)))
                        .forEach(groups::add);
            }
            return new Row(
                    List.of(cells[0].split(",")),
                    List.of(cells[1].split(" ")),
                    groups,
                    cells[3].equals(NONE) ? null : Pattern.compile(cells[3]),
                    cells[4]);
        }

        boolean allows(String value) {
            return groups.isEmpty() || allowed != null && allowed.matcher(value).matches();
        }
    }

    private MaskedFilters() {}

    /** Returns why the filters of a request are denied, as the end of a sentence; null if they are not. */
    static @Nullable String problem(Operation operation, RequestTarget target, Set<MaskGroup> masked) {
        Map<String, List<Row>> known = Rows.BY_OPERATION.get(operation.id());
        if (known == null || masked.isEmpty()) {
            return null;
        }
        try {
            ListFilters filters = ListFilters.of(target);
            for (String name : filters.names()) {
                List<Row> rows = known.get(name);
                if (rows == null) {
                    return "the proxy does not know "
                            + (SHOWN.matcher(name).matches() ? "the filter " + name : "a filter")
                            + ", which could compare values that MASK hides";
                }
                for (Row row : rows) {
                    Set<MaskGroup> compared = EnumSet.copyOf(masked);
                    compared.retainAll(row.groups);
                    if (!compared.isEmpty() && !filters.values(name).stream().allMatch(row::allows)) {
                        return sentence(name, row, compared);
                    }
                }
            }
            return null;
        } catch (BadTargetException ambiguous) {
            return "MASK is on, and " + ambiguous.fault().sentence();
        }
    }

    private static String sentence(String filter, Row row, Set<MaskGroup> compared) {
        String groups = compared.stream().map(MaskGroup::word).collect(Collectors.joining(","));
        return (row.allowed == null ? "the filter " : "this value of the filter ") + filter
                + " compares values that MASK=" + groups
                + " hides, so the result would tell them: leave it out and select in the response, or remove " + groups
                + " from MASK";
    }
}
