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
    private final Compatibility compatibility;
    private final Map<Question, Decision> decided = new ConcurrentHashMap<>();

    private record Question(Operation operation, boolean isWrite) {}

    private Policy(OperationCatalogue catalogue, Set<String> granted, Compatibility compatibility) {
        this.catalogue = catalogue;
        this.granted = granted;
        this.compatibility = compatibility;
    }

    /**
     * The policy under which exactly these variables are on.
     *
     * @param granted names of variables
     */
    public static Policy of(OperationCatalogue catalogue, Set<String> granted, Compatibility compatibility) {
        return new Policy(catalogue, Set.copyOf(granted), compatibility);
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
            return denied(isFromBrowser ? Reason.BROWSER : Reason.UNLISTED, null, false);
        }
        boolean isWrite = operation.isWrite(target);
        if (isFromBrowser && !operation.isWebSocket()) {
            return denied(Reason.BROWSER, operation, isWrite);
        }
        return decide(operation, isWrite);
    }

    /** Judges an operation by itself, whoever asks. */
    public Decision decide(Operation operation, boolean isWrite) {
        // There are at most two questions an operation, so this memory is bounded.
        Question question = new Question(operation, isWrite);
        Decision known = decided.get(question); // without the lock that computeIfAbsent may take
        return known != null ? known : decided.computeIfAbsent(question, this::decide);
    }

    /** How many operations of the catalogue it allows. */
    public int opens() {
        return (int) catalogue.operations().stream()
                .filter(operation -> !allowedBy(plain(operation), granted).isEmpty())
                .count();
    }

    /** Without a query, so that no flag in it makes a write of a read. */
    private static Question plain(Operation operation) {
        return new Question(operation, operation.write().isAlways());
    }

    private Decision decide(Question question) {
        Operation operation = question.operation;
        if (operation.isLibpod() && !compatibility.isLibpodKnown()) {
            return denied(Reason.COMPATIBILITY, operation, question.isWrite);
        }
        List<String> by = allowedBy(question, granted);
        if (!by.isEmpty()) {
            Reason reason = operation.alone().contains(by.get(0)) ? Reason.ALONE : Reason.SECTION;
            return new Decision(reason, operation, question.isWrite, by, List.of());
        }
        List<Decision.Way> ways = ways(question);
        Reason reason = ways.isEmpty() ? Reason.NEVER : Reason.VARIABLE_MISSING;
        return new Decision(reason, operation, question.isWrite, List.of(), ways);
    }

    private static Decision denied(Reason reason, @Nullable Operation operation, boolean isWrite) {
        return new Decision(reason, operation, isWrite, List.of(), List.of());
    }

    /** The variables that allow it together, or none. */
    private List<String> allowedBy(Question question, Set<String> on) {
        for (String variable : question.operation.alone()) {
            if (on.containsAll(requiredAlone(variable))) {
                return requiredAlone(variable);
            }
        }
        List<String> required = requiredBySection(question);
        return on.containsAll(required) ? required : List.of();
    }

    private List<String> requiredAlone(String variable) {
        return compatibility.isPostNeededAlone() ? List.of(variable, POST) : List.of(variable);
    }

    /** What the way by the section takes; empty for an operation without a section, which has no such way. */
    private static List<String> requiredBySection(Question question) {
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

    private List<Decision.Way> ways(Question question) {
        List<Decision.Way> ways = new ArrayList<>();
        for (String variable : question.operation.alone()) {
            ways.add(way(requiredAlone(variable)));
        }
        List<String> bySection = requiredBySection(question);
        if (!bySection.isEmpty()) {
            ways.add(way(bySection));
        }
        ways.sort(Comparator.comparingInt(Decision.Way::opens));
        return ways;
    }

    private Decision.Way way(List<String> required) {
        List<String> missing =
                required.stream().filter(name -> !granted.contains(name)).toList();
        Set<String> widened = new HashSet<>(granted);
        widened.addAll(missing);
        long opens = catalogue.operations().stream()
                .map(Policy::plain)
                .filter(question -> allowedBy(question, granted).isEmpty())
                .filter(question -> !allowedBy(question, widened).isEmpty())
                .count();
        return new Decision.Way(missing, (int) opens);
    }
}
