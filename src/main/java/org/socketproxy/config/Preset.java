package org.socketproxy.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.socketproxy.table.Table;

/**
 * Minimum variables of a well-known client.
 *
 * @param mask default of {@code MASK}: the groups that the client does not read; may be empty
 * @param summary the client, and its features with and without effect under these variables
 */
public record Preset(String name, Set<String> variables, String mask, String summary) {
    private static final String NO_MASK = "-";
    private static final Table<Preset> TABLE = new Table<>("presets.tsv", "name variables mask summary", Preset::parse);

    public Preset {
        variables = Set.copyOf(variables);
    }

    public static Optional<Preset> find(String name) {
        return all().stream()
                .filter(preset -> preset.name().equalsIgnoreCase(name))
                .findFirst();
    }

    static String advice() {
        return "use one of "
                + String.join(", ", all().stream().map(Preset::name).toList());
    }

    public static List<Preset> all() {
        return TABLE.load(Preset.class);
    }

    private static Preset parse(String[] cells) {
        String mask = cells[2].equals(NO_MASK) ? "" : cells[2];
        return new Preset(cells[0], Set.of(cells[1].split(",", -1)), mask, cells[3]);
    }
}
