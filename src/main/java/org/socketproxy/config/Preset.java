package org.socketproxy.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.socketproxy.table.Table;

/**
 * Named set of the minimum variables that a well-known client needs.
 *
 * @param name value of the setting {@code PRESET}, such as {@code traefik}
 * @param mask value of {@code MASK} if it is not set: the groups of which the client reads no value; empty for none
 * @param summary the client, and its features that work and do not work with these variables
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

    /** Returns the fix for the name of an unknown preset. */
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
