package org.socketproxy.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The least variables that a well-known client needs.
 *
 * @param variables names of variables
 * @param summary which client, and what of it works with them, for people
 */
public record Preset(String name, Set<String> variables, String summary) {

    public Preset {
        variables = Set.copyOf(variables);
    }

    /** The presets that the program ships. */
    public static List<Preset> all() {
        InputStream resource = Preset.class.getResourceAsStream("presets.tsv");
        if (resource == null) {
            throw new IllegalStateException("The table presets.tsv is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            List<Preset> presets = new ArrayList<>();
            table.readLine();
            for (String row = table.readLine(); row != null; row = table.readLine()) {
                String[] cells = row.split("\t", -1);
                presets.add(new Preset(cells[0], Set.of(cells[1].split(",", -1)), cells[2]));
            }
            return presets;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
