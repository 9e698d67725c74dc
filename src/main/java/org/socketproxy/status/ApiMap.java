package org.socketproxy.status;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Reason;
import org.socketproxy.usage.Usage;

/**
 * The whole API at a glance: one cell an operation, by section.
 *
 * @param docker sections of Docker's API, the largest first
 * @param podman sections of Podman's own
 */
public record ApiMap(List<Section> docker, List<Section> podman) {
    /** What becomes of an operation; the name is the class of its cell. */
    public enum State {
        ALLOWED("allowed"),
        /** Its section is on, and something else that it needs is not. */
        PARTIAL("needs more"),
        DENIED("denied"),
        NEVER("never allowed");

        private final String words;

        State(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /**
     * The operations that one variable opens, alone or with others.
     *
     * @param variable its name, or empty for those that none opens
     */
    public record Section(String variable, List<Cell> cells) {
        public long allowed() {
            return count(cells, State.ALLOWED);
        }
    }

    /**
     * One operation.
     *
     * @param why what allows it, or would
     * @param allowed how often it was let through
     * @param denied how often it was not
     */
    public record Cell(Operation operation, State state, String why, long allowed, long denied) {
        /** Its classes in the style sheet. */
        public String css() {
            return state.name().toLowerCase(Locale.ROOT) + (denied > 0 ? " asked-in-vain" : "");
        }

        /** What fits into the cell, or nothing where there is nothing to say. */
        public String hits() {
            long hits = allowed + denied;
            return hits == 0 ? "" : hits < 100 ? String.valueOf(hits) : hits < 1000 ? "99+" : "1k+";
        }
    }

    static ApiMap of(List<Operation> operations, Policy policy, Usage usage) {
        Map<String, Usage.OperationUse> uses = usage.operations().stream()
                .filter(use -> use.operation() != null)
                .collect(Collectors.toMap(use -> Objects.requireNonNull(use.operation()), Function.identity()));
        Map<String, List<Cell>> docker = new LinkedHashMap<>();
        Map<String, List<Cell>> podman = new LinkedHashMap<>();
        for (Operation operation : operations) {
            String section = operation.section() == null ? "" : operation.section();
            (operation.isLibpod() ? podman : docker)
                    .computeIfAbsent(section, first -> new ArrayList<>())
                    .add(cell(operation, policy, uses.get(operation.id())));
        }
        return new ApiMap(sections(docker), sections(podman));
    }

    private static List<Section> sections(Map<String, List<Cell>> cells) {
        return cells.entrySet().stream()
                .map(entry -> new Section(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing((Section section) -> section.variable.isEmpty())
                        .thenComparing(section -> -section.cells.size()))
                .toList();
    }

    private static Cell cell(Operation operation, Policy policy, Usage.@Nullable OperationUse use) {
        Decision decision = policy.decide(operation, operation.write().isAlways());
        return new Cell(
                operation,
                state(decision, policy),
                why(decision),
                use == null ? 0 : use.allowed(),
                use == null ? 0 : use.denied());
    }

    private static State state(Decision decision, Policy policy) {
        if (decision.isAllowed()) {
            return State.ALLOWED;
        }
        if (decision.alternatives().isEmpty()) {
            return State.NEVER;
        }
        Operation operation = decision.operation();
        String section = operation == null ? null : operation.section();
        return section != null && policy.granted().contains(section) ? State.PARTIAL : State.DENIED;
    }

    private static String why(Decision decision) {
        if (decision.isAllowed()) {
            return "allowed by " + String.join(" and ", decision.by());
        }
        if (decision.alternatives().isEmpty()) {
            return decision.reason() == Reason.NEVER
                    ? "never allowed: no variable opens it"
                    : "never allowed under COMPAT=tecnativa";
        }
        return "denied; "
                + decision.alternatives().stream()
                        .map(Decision.Alternative::toString)
                        .collect(Collectors.joining(", or "))
                + " would allow it";
    }

    public static long count(List<Cell> cells, State state) {
        return cells.stream().filter(cell -> cell.state == state).count();
    }

    /** How many operations of these sections are in this state. */
    public static long total(List<Section> sections, State state) {
        return sections.stream()
                .mapToLong(section -> count(section.cells, state))
                .sum();
    }

    public static int size(List<Section> sections) {
        return sections.stream().mapToInt(section -> section.cells.size()).sum();
    }
}
