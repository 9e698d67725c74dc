package org.socketproxy.policy.scope;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.table.Table;

/**
 * Filters that a confined client may use: rows of {@code filter-names.tsv}. The others name objects that may not be its own,
 * and the daemon tells whether they exist.
 */
final class FilterNames {
    private record Row(String operation, Set<String> names) {}

    private static final Table<Row> TABLE = new Table<>(
            "filter-names.tsv",
            "operation names",
            cells -> new Row(cells[0], Set.copyOf(List.of(cells[1].split(" ")))));

    private static final int LONGEST_SHOWN = 32;

    private FilterNames() {}

    /** Loaded at the first use, because most programs have no profile with targets. */
    private static final class Rows {
        static final Map<String, Set<String>> BY_ID = new HashMap<>();

        static {
            TABLE.load(FilterNames.class).forEach(row -> BY_ID.put(row.operation, row.names));
        }
    }

    /**
     * Checks the names of the filters of a request.
     *
     * @throws OutOfScopeException if the operation has another filter
     */
    static void check(Operation operation, ListFilters filters) throws OutOfScopeException {
        Set<String> known = Rows.BY_ID.getOrDefault(operation.id(), Set.of());
        for (String name : filters.names()) {
            if (!known.contains(name)) {
                boolean isShown = name.length() <= LONGEST_SHOWN && name.matches("[a-z!_-]+");
                throw new OutOfScopeException(
                        isShown ? "the filter " + name + " can name objects of others" : "it has an unknown filter");
            }
        }
    }
}
