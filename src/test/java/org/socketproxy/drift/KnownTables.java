package org.socketproxy.drift;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Rows of the program's tables, by operation. */
final class KnownTables {
    private static final String ANY = "*";

    /** Ids of the operations by method and normalized path. */
    private final Map<String, List<String>> operations = new HashMap<>();

    private final Map<String, Set<String>> parameters = new HashMap<>();
    /** Operations with any parameter. */
    private final Set<String> open = new HashSet<>();

    private final Map<String, Set<String>> fields = new HashMap<>();
    /** Fields that stand for all fields below them, because their rule is not {@code fields}. */
    private final Map<String, Set<String>> wholeFields = new HashMap<>();

    private final Map<String, Set<String>> secrets = new HashMap<>();

    KnownTables() {
        for (String table : List.of("dockerapi/docker-api.tsv", "dockerapi/libpod-api.tsv")) {
            rows(table)
                    .forEach(row -> operations
                            .computeIfAbsent(
                                    key(row.get("method"), row.get("path").replaceFirst("\\?.*", "")),
                                    any -> new ArrayList<>())
                            .add(row.get("id")));
        }
        rows("policy/parameters.tsv").forEach(row -> {
            add(parameters, row.get("operations"), row.get("parameters").split(",", -1));
            if (row.get("rule").equals("open")) {
                open.addAll(List.of(row.get("operations").split(",", -1)));
            }
        });
        rows("policy/parameter-rules.tsv").stream()
                .filter(row -> row.get("part").equals("query"))
                .forEach(row ->
                        add(parameters, row.get("operation"), row.get("name").split(",")));
        rows("policy/create/create-fields.tsv").forEach(this::addField);
        rows("policy/mask/secrets.tsv").forEach(row -> add(secrets, row.get("operation"), row.get("path")));
    }

    private void addField(Map<String, String> row) {
        if (row.get("part").equals("query")) {
            add(parameters, row.get("operation"), row.get("path"));
            return;
        }
        add(fields, row.get("operation"), row.get("path"));
        boolean isWhole = !(" " + row.get("rule") + " ").contains(" fields ")
                && !Set.of("map", "array").contains(row.get("type"));
        if (isWhole || row.get("rule").startsWith("zero") || row.get("rule").startsWith("deny")) {
            add(wholeFields, row.get("operation"), row.get("path"));
        }
    }

    private static void add(Map<String, Set<String>> table, String operations, String... values) {
        for (String operation : operations.split(",", -1)) {
            for (String value : values) {
                table.computeIfAbsent(operation, any -> new HashSet<>()).add(value.toLowerCase(Locale.ROOT));
            }
        }
    }

    private static String key(String method, String path) {
        return method + " " + DaemonRoute.normalized(path);
    }

    /** Reads a table of the program's resources as maps from column to cell. */
    static List<Map<String, String>> rows(String table) {
        try (InputStream resource = KnownTables.class.getResourceAsStream("/org/socketproxy/" + table)) {
            if (resource == null) {
                throw new IllegalStateException("no table " + table);
            }
            List<String> lines = new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            String[] columns = lines.get(0).split("\t");
            return lines.stream()
                    .skip(1)
                    .map(line -> {
                        String[] cells = line.split("\t", -1);
                        Map<String, String> row = new HashMap<>();
                        for (int i = 0; i < columns.length; i++) {
                            row.put(columns[i], cells[i]);
                        }
                        return row;
                    })
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Returns the ids of the operations of a route; several if a parameter in the query distinguishes them. */
    List<String> operations(String method, String path) {
        return operations.getOrDefault(key(method, path), List.of());
    }

    boolean hasParameter(String operation, String parameter) {
        String name = parameter.toLowerCase(Locale.ROOT);
        return has(parameters, operation, name) || has(parameters, ANY, name);
    }

    /** Returns true if the operation has no other parameters than those of its rows. */
    boolean isClosed(String operation) {
        return parameters.containsKey(operation) && !open.contains(operation);
    }

    /** Returns true if the bodies of the operation are judged field by field. */
    boolean hasFields(String operation) {
        return fields.containsKey(operation);
    }

    /** Returns true if a row names the field, or a field above it as a whole. */
    boolean hasField(String operation, String field) {
        String name = field.toLowerCase(Locale.ROOT);
        if (has(fields, operation, name)) {
            return true;
        }
        for (String at = parent(name); !at.isEmpty(); at = parent(at)) {
            if (has(wholeFields, operation, at)) {
                return true;
            }
        }
        return false;
    }

    private static String parent(String field) {
        int dot = field.lastIndexOf('.');
        String above = dot < 0 ? "" : field.substring(0, dot);
        return above.endsWith("[]") ? above.substring(0, above.length() - 2) : above;
    }

    boolean isMasked(String operation) {
        return secrets.containsKey(operation);
    }

    /** Returns true if {@code MASK} removes the field, or a field above or below it. */
    boolean isSecret(String operation, String field) {
        String name = field.toLowerCase(Locale.ROOT);
        return secrets.getOrDefault(operation, Set.of()).stream()
                .anyMatch(secret -> secret.equals(name)
                        || secret.startsWith(name + ".")
                        || secret.startsWith(name + "[")
                        || name.startsWith(secret));
    }

    private static boolean has(Map<String, Set<String>> table, String operation, String value) {
        return table.getOrDefault(operation, Set.of()).contains(value);
    }
}
