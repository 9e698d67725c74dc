package org.socketproxy.drift;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Fields of JSON bodies as a daemon's sources declare them, in the form of the tables: {@code HostConfig.Binds[]}, with
 * {@code .*} for the values of a map and {@code []} for the elements of an array.
 */
final class ApiFields {
    private static final Pattern GO_FIELD = Pattern.compile(
            "(?m)^\\t(?:(\\w+) +)?(\\*?(?:\\[\\]\\*?|map\\[[\\w.]+\\])*)([\\w.]+)(?: +`json:\"([^\",]*)[^`]*`)?(?: *//.*)?$");
    private static final int MAX_DEPTH = 12;

    /** Body of the request and of the successful response of one swagger operation. */
    record Bodies(String method, String path, Set<String> request, Set<String> response) {
        Bodies {
            request = Set.copyOf(request);
            response = Set.copyOf(response);
        }
    }

    private final Map<?, ?> definitions;
    private final Map<?, ?> responses;

    private ApiFields(Map<?, ?> swagger) {
        this.definitions = map(swagger, "definitions");
        this.responses = map(swagger, "responses");
    }

    /** Reads {@code api/swagger.yaml} of a checkout of moby. */
    static List<Bodies> ofDocker(Path moby) {
        Map<?, ?> swagger;
        try {
            LoadSettings settings =
                    LoadSettings.builder().setCodePointLimit(1 << 24).build();
            swagger = (Map<?, ?>) new Load(settings).loadFromString(Files.readString(moby.resolve("api/swagger.yaml")));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        ApiFields fields = new ApiFields(swagger);
        return map(swagger, "paths").entrySet().stream()
                .flatMap(path -> ((Map<?, ?>) path.getValue())
                        .entrySet().stream().map(method -> fields.bodies(path.getKey(), method)))
                .toList();
    }

    private Bodies bodies(Object path, Map.Entry<?, ?> method) {
        Map<?, ?> operation = (Map<?, ?>) method.getValue();
        Set<String> request = new TreeSet<>();
        if (operation.get("parameters") instanceof List<?> parameters) {
            for (Object each : parameters) {
                Map<?, ?> parameter = (Map<?, ?>) each;
                if ("body".equals(parameter.get("in"))) {
                    collect("", parameter.get("schema"), request, Set.of());
                }
            }
        }
        Set<String> response = new TreeSet<>();
        for (Map.Entry<?, ?> each : map(operation, "responses").entrySet()) {
            if (String.valueOf(each.getKey()).startsWith("2")) {
                Map<?, ?> answer = (Map<?, ?>) each.getValue();
                Object referenced = answer.get("$ref");
                Map<?, ?> resolved = referenced == null
                        ? answer
                        : map(responses, referenced.toString().replaceFirst(".*/", ""));
                collect("", resolved.get("schema"), response, Set.of());
            }
        }
        return new Bodies(
                method.getKey().toString().toUpperCase(java.util.Locale.ROOT),
                DaemonRoute.normalized(path.toString()),
                request,
                response);
    }

    /** @param open definitions on the way to this schema, which end a recursion */
    private void collect(String path, Object schema, Set<String> into, Set<String> open) {
        if (!(schema instanceof Map<?, ?> node) || open.size() > MAX_DEPTH) {
            return;
        }
        if (node.get("$ref") instanceof String reference) {
            String name = reference.replaceFirst(".*/", "");
            if (!open.contains(name)) {
                Set<String> deeper = new HashSet<>(open);
                deeper.add(name);
                collect(path, definitions.get(name), into, deeper);
            }
            return;
        }
        if (node.get("allOf") instanceof List<?> parts) {
            parts.forEach(part -> collect(path, part, into, open));
        }
        map(node, "properties").forEach((name, property) -> {
            String at = path.isEmpty() ? name.toString() : path + "." + name;
            into.add(at);
            collect(at, property, into, open);
        });
        if (node.get("items") != null) {
            collect(path + "[]", node.get("items"), into, open);
        }
        if (node.get("additionalProperties") instanceof Map<?, ?> values) {
            collect(path.isEmpty() ? "*" : path + ".*", values, into, open);
        }
    }

    private static Map<?, ?> map(Map<?, ?> node, String key) {
        return node.get(key) instanceof Map<?, ?> found ? found : Map.of();
    }

    /** Returns the fields of a struct of Podman's package {@code specgen}, and of the structs that it contains. */
    static Set<String> ofPodman(Path podman, String struct) {
        Set<String> found = new TreeSet<>();
        collect(GoSources.below(podman, "pkg/specgen"), struct, "", found, 0);
        return found;
    }

    private static void collect(GoSources sources, String struct, String path, Set<String> into, int depth) {
        if (depth > MAX_DEPTH) {
            return;
        }
        for (MatchResult field :
                GO_FIELD.matcher(sources.struct(struct)).results().toList()) {
            String json = field.group(4);
            if (field.group(1) == null && json == null) {
                collect(sources, field.group(3), path, into, depth + 1); // embedded
            } else if (json != null && !json.equals("-")) {
                String name = json.isEmpty() ? field.group(1) : json;
                String at = path.isEmpty() ? name : path + "." + name;
                into.add(at);
                String suffix =
                        field.group(2).startsWith("map") ? ".*" : field.group(2).contains("[]") ? "[]" : "";
                collect(sources, field.group(3), at + suffix, into, depth + 1);
            }
        }
    }
}
