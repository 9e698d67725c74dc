package org.socketproxy.status;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.usage.Usage;

/** Map of all operations: one cell for each, grouped by section; the largest section first. */
public record ApiMap(List<Section> docker, List<Section> podman) {
    static final ApiMap NONE = new ApiMap(List.of(), List.of());
    private static final Set<Reason> BY_PROFILE =
            EnumSet.of(Reason.OPERATION_DENIED, Reason.PERMISSION_ENDED, Reason.NO_PROFILE);

    /** Decision for an operation under the current policy; the constant's name in lower case is a CSS class. */
    public enum State {
        ALLOWED("allowed"),
        /** The section variable is on, but another required variable is off. */
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

    /** The operations of one section variable; its name is empty for operations without one. */
    public record Section(String variable, List<Cell> cells) {
        public long allowed() {
            return count(cells, State.ALLOWED);
        }
    }

    /**
     * One operation.
     *
     * @param why names the variables that allow it or would allow it
     * @param allowed number of allowed requests that have not failed
     */
    public record Cell(Operation operation, State state, String why, long allowed, long failed, long denied) {
        public String css() {
            return state.name().toLowerCase(Locale.ROOT) + (denied > 0 ? " has-denials" : "");
        }

        /** Returns the number of requests, shortened to three characters; empty for 0. */
        public String hits() {
            long hits = allowed + failed + denied;
            return hits == 0 ? "" : hits < 100 ? String.valueOf(hits) : hits < 1000 ? "99+" : "1k+";
        }
    }

    static ApiMap of(List<Operation> operations, Profile profile, Usage usage) {
        Map<String, Usage.OperationUse> uses = usage.operations().stream()
                .filter(use -> use.operation() != null)
                .collect(Collectors.toMap(use -> Objects.requireNonNull(use.operation()), Function.identity()));
        Map<String, List<Cell>> docker = new LinkedHashMap<>();
        Map<String, List<Cell>> podman = new LinkedHashMap<>();
        for (Operation operation : operations) {
            String section = operation.section() == null ? "" : operation.section();
            (operation.isLibpod() ? podman : docker)
                    .computeIfAbsent(section, first -> new ArrayList<>())
                    .add(cell(operation, profile, uses.get(operation.id())));
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

    private static Cell cell(Operation operation, Profile profile, Usage.@Nullable OperationUse use) {
        Decision decision = profile.decide(operation);
        return new Cell(
                operation,
                state(decision, profile),
                why(decision),
                use == null ? 0 : use.allowed() - use.failed(),
                use == null ? 0 : use.failed(),
                use == null ? 0 : use.denied());
    }

    private static State state(Decision decision, Profile profile) {
        if (decision.isAllowed()) {
            return State.ALLOWED;
        }
        if (BY_PROFILE.contains(decision.reason())) {
            return State.DENIED;
        }
        if (decision.alternatives().isEmpty()) {
            return State.NEVER;
        }
        Operation operation = decision.operation();
        String section = operation == null ? null : operation.section();
        return section != null && profile.policy().granted().contains(section) ? State.PARTIAL : State.DENIED;
    }

    private static String why(Decision decision) {
        if (decision.isAllowed()) {
            return "allowed by "
                    + (decision.by().isEmpty() ? decision.allowedBy() : String.join(" and ", decision.by()));
        }
        if (decision.alternatives().isEmpty()) {
            return switch (decision.reason()) {
                case NEVER -> "never allowed: no variable allows it";
                case OPERATION_DENIED -> "denied by the profile";
                case PERMISSION_ENDED -> "denied; its permission has ended";
                case NO_PROFILE -> "denied; no profile has the client";
                case OPERATION_UNCONFINED -> "denied; it cannot be confined to the targets";
                case OBJECT_PROTECTED -> "denied; it can reach objects that PROTECT selects";
                case CREATE_WHOLE -> "never allowed under CREATE=safe";
                default -> "never allowed under COMPAT=tecnativa";
            };
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

    public static long total(List<Section> sections, State state) {
        return sections.stream()
                .mapToLong(section -> count(section.cells, state))
                .sum();
    }

    public static int size(List<Section> sections) {
        return sections.stream().mapToInt(section -> section.cells.size()).sum();
    }
}
