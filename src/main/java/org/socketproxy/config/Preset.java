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
 * Named set of the minimum variables that a well-known client needs.
 *
 * @param name value of the setting {@code PRESET}, such as {@code traefik}
 * @param variables names of the variables that are on
 * @param summary the client, and its features that work and do not work with these variables
 */
public record Preset(String name, Set<String> variables, String summary) {

    public Preset {
        variables = Set.copyOf(variables);
    }

    /** Loads the presets from the program's resources. */
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
