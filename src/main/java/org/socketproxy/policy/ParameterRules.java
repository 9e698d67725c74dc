package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.table.Table;

/**
 * Parameter rules, stage 2 of a decision: deny parameters that extend an operation, such as a path or image transport of the host.
 *
 * <p>Threading: immutable.
 */
public final class ParameterRules {
    static final Table<ParameterRule> TABLE = new Table<>(
            "parameter-rules.tsv", "operation part name condition reason message daemon", ParameterRules::parseRow);

    private final List<ParameterRule> rules;
    private final List<ParameterRule> general;
    private final KnownParameters known = KnownParameters.load();

    private final Map<String, List<ParameterRule>> byOperation = new HashMap<>();

    private ParameterRules(List<ParameterRule> rules) {
        this.rules = rules;
        this.general = rules.stream()
                .filter(rule -> rule.operation().equals(ParameterRule.ANY))
                .toList();
        for (ParameterRule rule : rules) {
            List<ParameterRule> own = byOperation.computeIfAbsent(rule.operation(), id -> new ArrayList<>(general));
            own.removeIf(other -> other.operation().equals(ParameterRule.ANY) && isOfSamePart(rule, other));
            own.add(rule);
        }
    }

    /** A rule of an operation replaces the general rule for the same parameter. */
    private static boolean isOfSamePart(ParameterRule rule, ParameterRule other) {
        return rule.part() == other.part() && rule.name().equals(other.name());
    }

    private static final class Loaded {
        static final ParameterRules RULES = new ParameterRules(TABLE.load(ParameterRules.class));
    }

    /** Returns the rules of the table; the first call loads it. */
    public static ParameterRules load() {
        return Loaded.RULES;
    }

    private static ParameterRule parseRow(String[] cells) {
        int colon = cells[3].indexOf(':');
        String condition = colon < 0 ? cells[3] : cells[3].substring(0, colon);
        return new ParameterRule(
                cells[0],
                ParameterRule.Part.valueOf(cells[1].toUpperCase(Locale.ROOT)),
                cells[2],
                Condition.of(condition)
                        .orElseThrow(() -> new IllegalArgumentException("unknown condition " + condition)),
                colon < 0 ? "" : cells[3].substring(colon + 1),
                Reason.of(cells[4]).orElseThrow(() -> new IllegalArgumentException("unknown reason " + cells[4])),
                cells[5],
                cells[6]);
    }

    public List<ParameterRule> rules() {
        return rules;
    }

    public Stream<ParameterRule> of(Operation operation) {
        return byOperation.getOrDefault(operation.id(), general).stream().filter(rule -> rule.appliesTo(operation));
    }

    /**
     * Returns the first violated rule, else an unknown parameter; or null.
     *
     * @param granted names of the variables that are on
     */
    @Nullable
    ParameterDenial denial(Operation operation, RequestTarget target, RequestHead head, Set<String> granted) {
        Optional<ParameterRule> violated = of(operation)
                .filter(rule -> rule.isViolated(target, head, granted))
                .findFirst();
        if (violated.isPresent()) {
            return violated.get();
        }
        return target.query() == null ? null : known.denial(operation, target);
    }

    /**
     * Rule for one parameter of an operation, a row of {@code parameter-rules.tsv}.
     *
     * @param operation id of the operation, or {@link #ANY}
     * @param name name of the parameter or header; {@code -} for the version and the body
     * @param argument argument of the condition, or empty
     * @param message message of the denial, without data of the request
     * @param daemon the daemon that reads the parameter: {@code docker}, {@code podman} or {@code both}
     */
    public record ParameterRule(
            String operation,
            Part part,
            String name,
            Condition condition,
            String argument,
            Reason reason,
            String message,
            String daemon)
            implements ParameterDenial {
        /** Every operation of the Docker API, and of Podman's own API if the rule is for both daemons. */
        static final String ANY = "*";

        private static final String BOTH = "both";

        public enum Part {
            VERSION {
                @Override
                List<String> values(String name, RequestTarget target, RequestHead head) {
                    return target.version() == null ? List.of() : List.of(target.version());
                }
            },
            /** The segments of the path, without their escapes. */
            PATH {
                @Override
                List<String> values(String name, RequestTarget target, RequestHead head) {
                    return target.segments().stream().map(ObjectRef::decoded).toList();
                }
            },
            /** The query, with all values that any daemon could read. */
            QUERY {
                @Override
                List<String> values(String name, RequestTarget target, RequestHead head) {
                    return target.query() == null
                            ? List.of()
                            : target.parameters().getOrDefault(name, List.of());
                }
            },
            HEADER {
                @Override
                List<String> values(String name, RequestTarget target, RequestHead head) {
                    return head.values(name);
                }
            },
            /** The announced body; the value is its length in bytes, or {@value #UNKNOWN_LENGTH}. {@link BodyRules} judge the content. */
            BODY {
                @Override
                List<String> values(String name, RequestTarget target, RequestHead head) {
                    if (!head.hasBody()) {
                        return List.of();
                    }
                    List<String> lengths = head.values("Content-Length");
                    boolean isLengthKnown = lengths.size() == 1
                            && head.values("Transfer-Encoding").isEmpty();
                    return isLengthKnown ? lengths : List.of(UNKNOWN_LENGTH);
                }
            };

            private static final String UNKNOWN_LENGTH = "unknown";

            abstract List<String> values(String name, RequestTarget target, RequestHead head);
        }

        /** Returns the form of the table, such as {@code one-of:file}. */
        public String requirement() {
            return argument.isEmpty() ? condition.word() : condition.word() + ":" + argument;
        }

        boolean appliesTo(Operation other) {
            return operation.equals(ANY) ? daemon.equals(BOTH) || !other.isLibpod() : operation.equals(other.id());
        }

        /** Returns true if a value of the parameter does not meet the condition. */
        boolean isViolated(RequestTarget target, RequestHead head, Set<String> granted) {
            for (String value : part.values(name, target, head)) {
                if (!condition.holds(value, argument, head, granted)) {
                    return true;
                }
            }
            return false;
        }
    }

    private record PlainDenial(Reason reason, String message) implements ParameterDenial {}

    /** Reason to deny the parameters of a request: a violated rule, an unknown parameter, or a filter by a masked value. */
    public interface ParameterDenial {
        Reason reason();

        /** Returns a message without values of the request. */
        String message();

        static ParameterDenial of(Reason reason, String message) {
            return new PlainDenial(reason, message);
        }
    }
}
