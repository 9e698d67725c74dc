package org.socketproxy.drift;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the tables of the program with the sources of a daemon, and prints the rows that the tables lack:
 * {@code make drift SOURCES=folder}, where the folder is a checkout of moby or of Podman. {@code ?} stands for a cell that a
 * person must fill in.
 */
public final class Drift {
    /** Structs of Podman's package {@code specgen} by the operation with this body. */
    private static final Map<String, String> SPECIFICATIONS =
            Map.of("ContainerCreateLibpod", "SpecGenerator", "PodCreateLibpod", "PodSpecGenerator");

    private final KnownTables tables = new KnownTables();
    private final Set<String> reviewed = new TreeSet<>();
    private final Set<String> lines = new TreeSet<>();

    private Drift() {
        for (Map<String, String> row : KnownTables.rows("drift/reviewed.tsv")) {
            for (String name : row.get("names").split(",", -1)) {
                reviewed.add(row.get("table") + "\t" + row.get("operation") + "\t" + name);
            }
        }
    }

    /**
     * Compares the tables with sources of the daemons.
     *
     * @param args folders of the sources
     */
    public static void main(String[] args) {
        boolean isComplete = args.length > 0;
        if (args.length == 0) {
            System.err.println("usage: make drift SOURCES=folder, a checkout of moby or of Podman");
        }
        for (String folder : args) {
            List<String> missing = of(Path.of(folder));
            missing.forEach(System.out::println);
            System.err.println(folder + ": " + missing.size() + " rows are missing");
            isComplete &= missing.isEmpty();
        }
        System.exit(isComplete ? 0 : 1);
    }

    /** Returns the missing rows, sorted, each with the name of its table. */
    static List<String> of(Path sources) {
        Drift drift = new Drift();
        if (Files.exists(sources.resolve("api/swagger.yaml"))) {
            drift.compareRoutes(DaemonRoute.ofDocker(sources), "docker-api.tsv");
            ApiFields.ofDocker(sources).forEach(drift::compareBodies);
        } else {
            drift.compareRoutes(DaemonRoute.ofPodman(sources), "libpod-api.tsv");
            SPECIFICATIONS.forEach(
                    (operation, struct) -> drift.compareRequest(operation, ApiFields.ofPodman(sources, struct)));
        }
        return new ArrayList<>(drift.lines);
    }

    private void compareRoutes(List<DaemonRoute> routes, String table) {
        for (DaemonRoute route : routes) {
            boolean isOfOtherTable = table.startsWith("libpod") && !route.path().startsWith("/libpod");
            List<String> operations = tables.operations(route.method(), route.path());
            if (operations.isEmpty()) {
                if (!isOfOtherTable) {
                    add(table, route.method(), route.path(), "?\t" + route.method() + "\t" + route.path() + "\t?");
                }
                continue;
            }
            for (String parameter : route.parameters()) {
                boolean isKnown = operations.stream()
                        .anyMatch(operation -> tables.hasParameter(operation, parameter)
                                || route.method().equals("GET") && !tables.isClosed(operation));
                if (!isKnown) {
                    add(
                            "parameters.tsv",
                            operations.get(0),
                            parameter,
                            operations.get(0) + "\t" + parameter + "\t?\t?");
                }
            }
        }
    }

    private void compareBodies(ApiFields.Bodies bodies) {
        for (String operation : tables.operations(bodies.method(), bodies.path())) {
            compareRequest(operation, bodies.request());
            if (tables.isMasked(operation)) {
                bodies.response().stream()
                        .filter(field -> !tables.isSecret(operation, field))
                        .forEach(field -> add("secrets.tsv", operation, field, operation + "\t" + field + "\t?\t?"));
            }
        }
    }

    private void compareRequest(String operation, Set<String> request) {
        if (tables.hasFields(operation)) {
            request.stream()
                    .filter(field -> !tables.hasField(operation, field))
                    .forEach(field -> add(
                            "create-fields.tsv", operation, field, operation + "\tbody\t" + field + "\t?\t?\t?\t-\t?"));
        }
    }

    /** Adds a row unless the list of reviewed names says that the table needs none. */
    private void add(String table, String operation, String name, String row) {
        String last = name.replaceFirst("(\\[\\])+$", "").replaceFirst(".*\\.", "");
        boolean isReviewed =
                reviewed.contains(table + "\t" + operation + "\t" + name) || reviewed.contains(table + "\t*\t" + last);
        if (!isReviewed) {
            lines.add(table + ": " + row);
        }
    }
}
