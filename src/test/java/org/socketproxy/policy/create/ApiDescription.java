package org.socketproxy.policy.create;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Reads the fields of JSON bodies from the description of the Docker Engine API, the file {@code swagger.yaml} (Swagger 2.0) of
 * the daemon's sources.
 */
final class ApiDescription {
    private static final String REFERENCE = "#/definitions/";

    private final Map<?, ?> root;
    private final Deque<String> open = new ArrayDeque<>();
    private final SortedSet<String> fields = new TreeSet<>();

    private ApiDescription(Map<?, ?> root) {
        this.root = root;
    }

    /** Returns the version of the API that a description describes. */
    static String version(String yaml) {
        return String.valueOf(map(load(yaml).get("info")).get("version"));
    }

    /** Returns a line for each field of a body: the id of the operation, a blank, the path as in {@code create-fields.tsv}. */
    static SortedSet<String> fields(String yaml) {
        ApiDescription description = new ApiDescription(load(yaml));
        for (Object methods : map(description.root.get("paths")).values()) {
            map(methods).values().forEach(description::addOperation);
        }
        return description.fields;
    }

    private static Map<?, ?> load(String yaml) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Integer.MAX_VALUE)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .build();
        return map(new Load(settings).loadFromString(yaml));
    }

    private static Map<?, ?> map(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private void addOperation(Object operation) {
        for (Object parameter : list(map(operation).get("parameters"))) {
            if ("body".equals(map(parameter).get("in"))) {
                addSchema(
                        map(operation).get("operationId") + " ",
                        "",
                        map(map(parameter).get("schema")));
            }
        }
    }

    /** Adds the fields below a value. A definition that contains itself is described once. */
    private void addSchema(String operation, String path, Map<?, ?> schema) {
        if (schema.get("$ref") instanceof String reference) {
            String name = reference.substring(REFERENCE.length());
            if (!open.contains(name)) {
                open.push(name);
                addSchema(operation, path, map(map(root.get("definitions")).get(name)));
                open.pop();
            }
            return;
        }
        list(schema.get("allOf")).forEach(part -> addSchema(operation, path, map(part)));
        map(schema.get("properties")).forEach((name, value) -> {
            String member = path.isEmpty() ? name.toString() : path + "." + name;
            fields.add(operation + member);
            addSchema(operation, member, map(value));
        });
        if (schema.get("additionalProperties") instanceof Map<?, ?> values) {
            fields.add(operation + path + ".*");
            addSchema(operation, path + ".*", values);
        }
        if (schema.get("items") instanceof Map<?, ?> elements) {
            addSchema(operation, path + "[]", elements);
        }
    }
}
