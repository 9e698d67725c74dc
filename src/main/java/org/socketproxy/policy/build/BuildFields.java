package org.socketproxy.policy.build;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.table.Table;

/** The closed lists of what a build may ask for, from {@code build-fields.tsv}. */
public final class BuildFields {
    private static final String NONE = "-";
    private static final String ANY = "*";

    /** Loaded at the first use, because most proxies judge no builds. */
    private static final class Loaded {
        static final BuildFields TABLE = new BuildFields();
    }

    private final List<Row> rows;
    private final Map<String, Map<String, Row>> parts = new HashMap<>();
    /** Rows with a star at the end of the name, by part and name without the star. */
    private final Map<String, Map<String, Row>> prefixes = new HashMap<>();

    /**
     * One row of the table.
     *
     * @param parts messages, or groups of names: {@code option}, {@code output:TYPE}, {@code cache-to:TYPE}, {@code cache-from:TYPE},
     *     {@code type} of outputs and caches, {@code entitlement}
     * @param name name in this part; a star at the end stands for any text
     * @param rule a rule of {@link BuildJudge}, or a rule for one value
     * @param permission allows values that the rule denies; or null
     * @param denial the end of the sentence of a denial, or null for the words of the rule
     */
    public record Row(
            List<String> parts,
            String name,
            String rule,
            @Nullable CreatePermission permission,
            @Nullable String denial,
            String note) {}

    private BuildFields() {
        rows = new Table<>("build-fields.tsv", "part name rule permission denial note", BuildFields::parse)
                .load(BuildFields.class);
        rows.forEach(row -> row.parts().forEach(part -> add(part, row)));
    }

    private void add(String part, Row row) {
        boolean isPrefix = row.name().endsWith(ANY);
        String name = isPrefix ? row.name().substring(0, row.name().length() - 1) : row.name();
        Map<String, Map<String, Row>> table = isPrefix ? prefixes : parts;
        if (table.computeIfAbsent(part, any -> new LinkedHashMap<>()).put(name, row) != null) {
            throw new IllegalArgumentException("The table has " + part + " " + row.name() + " twice");
        }
    }

    private static Row parse(String[] cells) {
        CreatePermission permission = cells[3].equals(NONE)
                ? null
                : CreatePermission.of(cells[3])
                        .orElseThrow(() -> new IllegalArgumentException("unknown permission " + cells[3]));
        BuildJudge.checkRule(cells[2]);
        return new Row(
                List.of(cells[0].split(",")),
                cells[1],
                cells[2],
                permission,
                cells[4].equals(NONE) ? null : cells[4],
                cells[5]);
    }

    public static BuildFields table() {
        return Loaded.TABLE;
    }

    public List<Row> rows() {
        return rows;
    }

    boolean hasPart(String part) {
        return parts.containsKey(part);
    }

    /** Returns the row of a name: that of the whole name, or else that of its longest beginning; null for an unknown name. */
    @Nullable
    Row find(String part, String name) {
        Row exact = parts.getOrDefault(part, Map.of()).get(name);
        if (exact != null) {
            return exact;
        }
        Row longest = null;
        for (Map.Entry<String, Row> prefix :
                prefixes.getOrDefault(part, Map.of()).entrySet()) {
            boolean isLonger = longest == null
                    || prefix.getKey().length() >= longest.name().length();
            if (name.startsWith(prefix.getKey()) && isLonger) {
                longest = prefix.getValue();
            }
        }
        return longest;
    }
}
