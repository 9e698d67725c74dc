package org.socketproxy.policy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All permission variables, in display order. */
public final class Variables {
    /** Variables that BuildKit needs together; if one is off, buildx uses another driver without a message. */
    public static final List<String> BUILDKIT = List.of("BUILD", "SESSION", "GRPC", "POST");

    private final Map<String, Variable> byName;

    private Variables(Map<String, Variable> byName) {
        this.byName = byName;
    }

    /** Loads the variables from the program's resources. */
    public static Variables load() {
        InputStream resource = Variables.class.getResourceAsStream("variables.tsv");
        if (resource == null) {
            throw new IllegalStateException("The table variables.tsv is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            Map<String, Variable> byName = new LinkedHashMap<>();
            table.readLine();
            for (String row = table.readLine(); row != null; row = table.readLine()) {
                String[] cells = row.split("\t", -1);
                String danger = cells[3].equals("-") ? null : cells[3];
                byName.put(cells[0], new Variable(cells[0], cells[1].equals("1"), cells[2], danger));
            }
            return new Variables(byName);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    public List<Variable> all() {
        return new ArrayList<>(byName.values());
    }

    public Optional<Variable> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
