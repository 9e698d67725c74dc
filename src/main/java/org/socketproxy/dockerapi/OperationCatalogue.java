package org.socketproxy.dockerapi;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.socketproxy.dockerapi.BadTargetException.Fault;

/**
 * Every operation that the proxy knows. What is not in here is denied.
 *
 * <p>Threading: immutable.
 */
public final class OperationCatalogue {
    private final List<Operation> operations;
    private final Map<String, Operation> byId = new HashMap<>();
    private final Map<String, Map<String, List<Operation>>> byMethodAndFirstSegment = new HashMap<>();

    private OperationCatalogue(List<Operation> operations) {
        this.operations = List.copyOf(operations);
        List<Operation> byPrecedence = new ArrayList<>(operations);
        byPrecedence.sort(Comparator.comparing(Operation::path));
        for (Operation operation : byPrecedence) {
            byId.put(operation.id(), operation);
            byMethodAndFirstSegment
                    .computeIfAbsent(operation.method(), method -> new HashMap<>())
                    .computeIfAbsent(operation.path().firstSegment(), segment -> new ArrayList<>())
                    .add(operation);
        }
    }

    /** The catalogue that the program ships: Docker's API and Podman's. */
    public static OperationCatalogue load() {
        List<Operation> operations = new ArrayList<>();
        operations.addAll(loadTable("docker-api.tsv"));
        operations.addAll(loadTable("libpod-api.tsv"));
        return new OperationCatalogue(operations);
    }

    private static List<Operation> loadTable(String name) {
        InputStream resource = OperationCatalogue.class.getResourceAsStream(name);
        if (resource == null) {
            throw new IllegalStateException("The table " + name + " is missing from the program");
        }
        try (BufferedReader table = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return OperationTable.read(table, name);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** In the order of the tables. */
    public List<Operation> operations() {
        return operations;
    }

    /**
     * The operation with this id, such as {@code ContainerList}.
     *
     * @return empty if no row has it
     */
    public Optional<Operation> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /**
     * Finds the operation that a request names.
     *
     * @param method as received: methods are case-sensitive (RFC 9110 section 9.1)
     * @return empty if no row has this method and path
     * @throws BadTargetException if the path holds an escaped slash where no name may hold one, or one that makes another
     *     operation of it for a router that decodes first
     */
    public Optional<Operation> find(String method, RequestTarget target) throws BadTargetException {
        List<Operation> candidates =
                byMethodAndFirstSegment.getOrDefault(method, Map.of()).getOrDefault(firstSegment(target), List.of());
        Optional<Operation> found = firstThatMatches(candidates, target, target.segments());
        if (target.hasEscapedSlash()
                && (found.isEmpty()
                        || !found.equals(firstThatMatches(candidates, target, target.segmentsAcrossSlashes())))) {
            throw new BadTargetException(Fault.SLASH);
        }
        return found;
    }

    private static Optional<Operation> firstThatMatches(
            List<Operation> candidates, RequestTarget target, List<String> segments) {
        for (Operation operation : candidates) {
            if (operation.path().matches(segments) && operation.path().isQueryRight(target)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }

    /** The methods under which the path of this target is known, in alphabetical order. */
    public List<String> methodsOf(RequestTarget target) {
        return operations.stream()
                .filter(operation -> operation.path().matches(target.segments())
                        && operation.path().isQueryRight(target))
                .map(Operation::method)
                .distinct()
                .sorted()
                .toList();
    }

    private static String firstSegment(RequestTarget target) {
        return target.segments().isEmpty() ? "" : target.segments().get(0);
    }
}
