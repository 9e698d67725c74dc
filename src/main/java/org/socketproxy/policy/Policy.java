package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.api.Operation;
import org.socketproxy.api.OperationCatalogue;
import org.socketproxy.api.RequestTarget;

/**
 * All that is granted. An operation is allowed if a variable that opens it alone is on; or if its section is on, and
 * {@code POST} too for a write, and every variable that it needs besides.
 *
 * <p>Threading: immutable but for a memory of its own decisions; safe for any number of threads.
 */
public final class Policy {
    private static final String POST = "POST";

    private final OperationCatalogue catalogue;
    private final Set<String> granted;
    private final Map<Question, Decision> decided = new ConcurrentHashMap<>();

    private record Question(Operation operation, boolean isWrite) {}

    private Policy(OperationCatalogue catalogue, Set<String> granted) {
        this.catalogue = catalogue;
        this.granted = granted;
    }

    /**
     * The policy under which exactly these variables are on.
     *
     * @param granted names of variables
     */
    public static Policy of(OperationCatalogue catalogue, Set<String> granted) {
        return new Policy(catalogue, Set.copyOf(granted));
    }

    /** Names of the variables that are on. */
    public Set<String> granted() {
        return granted;
    }

    /**
     * Judges one request.
     *
     * @param operation what the catalogue found, or null for none
     * @param isFromBrowser whether a browser marked the request as coming from a web page
     */
    public Decision decide(@Nullable Operation operation, RequestTarget target, boolean isFromBrowser) {
        if (operation == null) {
            return new Decision(isFromBrowser ? Reason.BROWSER : Reason.UNLISTED, null, false, List.of());
        }
        boolean isWrite = operation.isWrite(target);
        if (isFromBrowser && !operation.isWebSocket()) {
            return new Decision(Reason.BROWSER, operation, isWrite, List.of());
        }
        // There are at most two questions an operation, so this memory is bounded.
        return decided.computeIfAbsent(new Question(operation, isWrite), this::decide);
    }

    private Decision decide(Question question) {
        Operation operation = question.operation;
        if (operation.alone().stream().anyMatch(granted::contains)) {
            return new Decision(Reason.ALONE, operation, question.isWrite, List.of());
        }
        List<String> required = required(question);
        if (required.isEmpty()) {
            return new Decision(Reason.NEVER, operation, question.isWrite, List.of());
        }
        if (granted.containsAll(required)) {
            return new Decision(Reason.SECTION, operation, question.isWrite, List.of());
        }
        return new Decision(Reason.VARIABLE_MISSING, operation, question.isWrite, ways(question, required));
    }

    /** What the way by the section takes; empty for an operation without a section, which has no such way. */
    private static List<String> required(Question question) {
        Operation operation = question.operation;
        if (operation.section() == null) {
            return List.of();
        }
        List<String> required = new ArrayList<>();
        required.add(operation.section());
        required.addAll(operation.needs());
        if (question.isWrite) {
            required.add(POST);
        }
        return required;
    }

    private List<Decision.Way> ways(Question question, List<String> required) {
        List<Decision.Way> ways = new ArrayList<>();
        for (String variable : question.operation.alone()) {
            ways.add(way(List.of(variable)));
        }
        ways.add(way(required.stream().filter(name -> !granted.contains(name)).toList()));
        ways.sort(Comparator.comparingInt(Decision.Way::opens));
        return ways;
    }

    private Decision.Way way(List<String> missing) {
        Set<String> widened = new HashSet<>(granted);
        widened.addAll(missing);
        long opens = catalogue.operations().stream()
                .map(operation -> new Question(operation, operation.write().isAlways()))
                .filter(question -> isAllowed(question, widened) && !isAllowed(question, granted))
                .count();
        return new Decision.Way(missing, (int) opens);
    }

    private static boolean isAllowed(Question question, Set<String> granted) {
        List<String> required = required(question);
        return question.operation.alone().stream().anyMatch(granted::contains)
                || !required.isEmpty() && granted.containsAll(required);
    }
}
