package org.socketproxy.dockerapi;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.socketproxy.dockerapi.BadTargetException.Fault;

/**
 * Lists every operation that the proxy knows; the proxy denies all other requests.
 *
 * <p>Threading: immutable.
 */
public final class OperationCatalogue {
    private final List<Operation> operations;
    private final Map<String, Operation> byId = new HashMap<>();
    private final Map<String, Map<String, List<Operation>>> byMethodAndFirstSegment = new HashMap<>();

    /** @param operations in any order; their ids are unique */
    OperationCatalogue(List<Operation> operations) {
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

    private static final class Loaded {
        static final OperationCatalogue CATALOGUE =
                new OperationCatalogue(Stream.of("docker-api.tsv", "libpod-api.tsv", "buildkit-api.tsv")
                        .flatMap(table -> OperationTable.named(table).load(OperationCatalogue.class).stream())
                        .toList());
    }

    /** Returns the tables of the Docker API, the libpod API and BuildKit's gRPC API; the first call loads them. */
    public static OperationCatalogue load() {
        return Loaded.CATALOGUE;
    }

    /** Returns all operations in the order of the tables. */
    public List<Operation> operations() {
        return operations;
    }

    /**
     * Finds the operation with this id, such as {@code ContainerList}.
     *
     * @return empty if no row has this id
     */
    public Optional<Operation> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /**
     * Finds the operation that a request addresses.
     *
     * @param method as received: methods are case-sensitive (RFC 9110 section 9.1)
     * @return empty if no row has this method and path
     * @throws BadTargetException if the path contains an escaped slash where a name cannot contain one, or if a router
     *     that decodes the path before it matches would find another operation
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
            boolean isVersionRight = target.version() == null || !operation.isGrpc();
            if (isVersionRight
                    && operation.path().matches(segments)
                    && operation.path().isQueryRight(target)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }

    /** Returns the methods with which the catalogue has this path, in alphabetical order. */
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
