package org.socketproxy.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.table.NearestName;
import org.socketproxy.table.Table;

/**
 * Minimum variables of a well-known client.
 *
 * @param mask default of {@code MASK}: the groups that the client does not read; may be empty
 * @param create default of {@code CREATE}; may be empty
 * @param without effect on the client if one of the variables is off, by variable; only where the client does not show a denial
 * @param summary features of the client that work under these variables, and those that do not
 */
public record Preset(
        String name, Set<String> variables, String mask, String create, Map<String, String> without, String summary) {
    private static final String NONE = "-";
    private static final Table<Preset> TABLE =
            new Table<>("presets.tsv", "name variables mask create without summary", Preset::parse);

    public Preset {
        variables = Set.copyOf(variables);
        without = Map.copyOf(without);
    }

    public static Optional<Preset> find(String name) {
        return all().stream()
                .filter(preset -> preset.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Returns the advice about a name that is no preset. */
    static String advice(String name) {
        List<String> names = all().stream().map(Preset::name).toList();
        return NearestName.of(name, names)
                .map(nearest -> "there is no such preset; did you mean " + nearest + "?")
                .orElse("use one of " + String.join(", ", names));
    }

    public static List<Preset> all() {
        return TABLE.load(Preset.class);
    }

    /**
     * Returns the variables by preset, in the order of the table. Presets that also judge bodies are not in it: operations do not tell if
     * these bodies are allowed.
     */
    public static Map<String, Set<String>> ofVariables() {
        Map<String, Set<String>> variables = new LinkedHashMap<>();
        all().stream()
                .filter(preset -> preset.create.isEmpty())
                .forEach(preset -> variables.put(preset.name, preset.variables));
        return variables;
    }

    private static Preset parse(String[] cells) {
        return new Preset(
                cells[0],
                Set.of(cells[1].split(",", -1)),
                cell(cells[2]),
                cell(cells[3]),
                effects(cell(cells[4])),
                cells[5]);
    }

    /** Parses {@code NAME: effect; NAME: effect}. */
    private static Map<String, String> effects(String text) {
        return Arrays.stream(text.split("; "))
                .filter(effect -> !effect.isEmpty())
                .map(effect -> effect.split(": ", 2))
                .collect(Collectors.toMap(effect -> effect[0], effect -> effect[1]));
    }

    private static String cell(String text) {
        return text.equals(NONE) ? "" : text;
    }

    /** Returns the default of {@code CREATE}; empty without a preset. */
    static String createOf(@Nullable Preset preset) {
        return preset == null ? "" : preset.create;
    }
}
