package org.socketproxy.policy;

import java.util.List;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Rule for one parameter of an operation, one row of {@code parameter-rules.tsv}.
 *
 * @param operation id of the operation, or {@link #ANY}
 * @param part the part of the request that contains the parameter
 * @param name name of the parameter or header; {@code -} for the version and the body
 * @param condition the condition that each value must meet
 * @param argument argument of the condition, empty without an argument
 * @param reason reason of the denial
 * @param message message of the denial, without data of the request
 * @param daemon the daemon that interprets the parameter: {@code docker}, {@code podman} or {@code both}
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

    /** The part of a request that contains the parameter. */
    public enum Part {
        /** The API version in the path. */
        VERSION {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                return target.version() == null ? List.of() : List.of(target.version());
            }
        },
        /** The query, with all values that any daemon could read. */
        QUERY {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                return target.query() == null ? List.of() : target.parameters().getOrDefault(name, List.of());
            }
        },
        HEADER {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                return head.values(name);
            }
        },
        /**
         * The body that the head announces; the value is its length in bytes, or {@value #UNKNOWN_LENGTH}. {@link BodyRules}
         * judge what it contains.
         */
        BODY {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                if (!head.hasBody()) {
                    return List.of();
                }
                List<String> lengths = head.values("Content-Length");
                boolean isLengthKnown =
                        lengths.size() == 1 && head.values("Transfer-Encoding").isEmpty();
                return isLengthKnown ? lengths : List.of(UNKNOWN_LENGTH);
            }
        };

        private static final String UNKNOWN_LENGTH = "unknown";

        abstract List<String> values(String name, RequestTarget target, RequestHead head);
    }

    /** Returns condition and argument in the form of the table, such as {@code one-of:file}. */
    public String requirement() {
        return argument.isEmpty() ? condition.word() : condition.word() + ":" + argument;
    }

    /** Returns true if the rule applies to this operation. */
    boolean appliesTo(Operation other) {
        return operation.equals(ANY) ? daemon.equals(BOTH) || !other.isLibpod() : operation.equals(other.id());
    }

    /** Returns true if at least one value of the parameter does not meet the condition. */
    boolean isViolated(RequestTarget target, RequestHead head, Set<String> granted) {
        for (String value : part.values(name, target, head)) {
            if (!condition.holds(value, argument, head, granted)) {
                return true;
            }
        }
        return false;
    }
}
