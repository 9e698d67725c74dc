package org.socketproxy.policy;

import java.util.List;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * One condition on a parameter: a row of {@code parameter-rules.tsv}.
 *
 * @param operation id of the operation, or {@code *} for every one of the Docker API
 * @param name of the parameter or header; {@code -} for a version or a body
 * @param argument of the condition; empty if it takes none
 * @param reason of the denial
 * @param message of the denial, for people; it never repeats what the client sent
 * @param daemon that reads the parameter so: {@code docker}, {@code podman} or {@code both}
 */
public record ParameterRule(
        String operation,
        Part part,
        String name,
        Condition condition,
        String argument,
        Reason reason,
        String message,
        String daemon) {

    /** The part of the request that holds the parameter. */
    public enum Part {
        /** The API version in the path. */
        VERSION {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                return target.version() == null ? List.of() : List.of(target.version());
            }
        },
        /** The query, with every value that any daemon would read. */
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
        /** The body, of which only the presence is known. */
        BODY {
            @Override
            List<String> values(String name, RequestTarget target, RequestHead head) {
                return head.hasBody() ? List.of("present") : List.of();
            }
        };

        abstract List<String> values(String name, RequestTarget target, RequestHead head);
    }

    /** The condition with its argument as the table writes it, such as {@code one-of:file}. */
    public String requirement() {
        return argument.isEmpty() ? condition.word() : condition.word() + ":" + argument;
    }

    /** Whether it applies to an operation. */
    boolean appliesTo(Operation asked) {
        return operation.equals("*") ? !asked.isLibpod() : operation.equals(asked.id());
    }

    /** Whether one value of the parameter does not meet the condition. */
    boolean isViolated(RequestTarget target, RequestHead head, Set<String> granted) {
        for (String value : part.values(name, target, head)) {
            if (!condition.holds(value, argument, head, granted)) {
                return true;
            }
        }
        return false;
    }
}
