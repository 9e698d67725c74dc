package org.socketproxy.policy;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.self.ProtectedSubject.Owner;

/**
 * Decision of the policy for one request.
 *
 * @param operation null if the catalogue does not have it
 * @param by the variables that allow the request together; empty for a denial or an operation allowed by its id
 * @param alternatives sets of variables that would allow the request, narrowest first; empty if none would
 */
public record Decision(
        Reason reason,
        @Nullable Operation operation,
        boolean isWrite,
        List<String> by,
        List<Alternative> alternatives,
        Cause cause) {

    public Decision {
        by = List.copyOf(by);
        alternatives = List.copyOf(alternatives);
    }

    /** Creates a decision of the variables. */
    public Decision(
            Reason reason,
            @Nullable Operation operation,
            boolean isWrite,
            List<String> by,
            List<Alternative> alternatives) {
        this(reason, operation, isWrite, by, alternatives, Cause.NONE);
    }

    /**
     * The cause of a denial that the variables do not explain. At most one part is present.
     *
     * @param rule the rule that denies the parameters of the request, or null
     * @param violations the parts of the request beyond the rules of {@code CREATE=safe}; beside alternatives, beyond those too
     * @param owner the profile with the clients on which the request acts, or null
     * @param end the passed end of the permission, or null
     */
    public record Cause(
            @Nullable ParameterDenial rule,
            List<Violation> violations,
            @Nullable Owner owner,
            @Nullable PermissionEnd end) {
        static final Cause NONE = of(List.of());

        static Cause of(List<Violation> violations) {
            return new Cause(null, List.copyOf(violations), null, null);
        }
    }

    public @Nullable ParameterDenial rule() {
        return cause.rule;
    }

    public List<Violation> violations() {
        return cause.violations;
    }

    public @Nullable Owner owner() {
        return cause.owner;
    }

    public @Nullable PermissionEnd end() {
        return cause.end;
    }

    static Decision denied(Reason reason, @Nullable Operation operation, boolean isWrite) {
        return denied(reason, operation, isWrite, Cause.NONE);
    }

    private static Decision denied(Reason reason, @Nullable Operation operation, boolean isWrite, Cause cause) {
        return new Decision(reason, operation, isWrite, List.of(), List.of(), cause);
    }

    /** Denies a request that this decision allows. */
    public Decision deny(Reason denied) {
        return denied(denied, operation, isWrite);
    }

    /** Denies an act on a protected client of a profile or, without owner, on the proxy's own container. */
    public static Decision selfProtected(@Nullable Owner owner, Operation operation, boolean isWrite) {
        Reason reason = owner == null ? Reason.SELF_PROTECTED : Reason.CLIENT_PROTECTED;
        return denied(reason, operation, isWrite, new Cause(null, List.of(), owner, null));
    }

    static Decision ended(PermissionEnd end, Operation operation, boolean isWrite) {
        return denied(Reason.PERMISSION_ENDED, operation, isWrite, new Cause(null, List.of(), null, end));
    }

    static Decision violating(ParameterDenial rule, Operation operation, boolean isWrite) {
        return denied(rule.reason(), operation, isWrite, new Cause(rule, List.of(), null, null));
    }

    /** Denies a request beyond the rules of {@code CREATE=safe}, by at least one violation. */
    public static Decision exceeding(List<Violation> violations, Decision allowed) {
        Reason reason = Reason.of(violations.get(0).kind());
        return denied(reason, allowed.operation, allowed.isWrite, Cause.of(violations));
    }

    /** Denies a request that asks about masked values; {@code problem} is the end of the sentence, or null if it does not. */
    Decision orAsking(@Nullable String problem) {
        return problem == null || operation == null
                ? this
                : violating(ParameterDenial.of(Reason.MASKED_FILTER, problem), operation, isWrite);
    }

    /**
     * A set of variables that would allow the request.
     *
     * @param settings settings beside the variables, with which these give no root on the host; empty if none are needed or none help
     * @param opens number of additional operations that the variables would allow
     * @param danger what the variables alone add, such as {@code root on the host}; or empty
     */
    public record Alternative(List<Remedy> settings, List<String> missing, int opens, String danger) {
        public Alternative {
            settings = List.copyOf(settings);
            missing = List.copyOf(missing);
        }

        public Alternative(List<String> missing, int opens) {
            this(List.of(), missing, opens, "");
        }

        /** Returns the assignments of the variables, such as {@code CONTAINERS=1 and POST=1}. */
        public String variables(AssignmentForm form) {
            return String.join(" and ", form.words(List.of(), missing));
        }

        /** Returns all assignments, such as {@code CREATE=safe and POST=1}. */
        public String words(AssignmentForm form) {
            return String.join(" and ", form.words(settings, missing));
        }

        /** Returns all assignments, as in the environment. */
        @Override
        public String toString() {
            return words(AssignmentForm.ENVIRONMENT);
        }
    }

    Decision with(List<Alternative> others) {
        return new Decision(reason, operation, isWrite, by, others, cause);
    }

    Decision with(List<Alternative> others, List<Violation> beyond) {
        return new Decision(
                reason,
                operation,
                isWrite,
                by,
                others,
                new Cause(cause.rule, List.copyOf(beyond), cause.owner, cause.end));
    }

    /** Removes paths of the host from the violations. */
    public Decision withoutPaths() {
        return with(
                alternatives, violations().stream().map(Violation::withoutPath).toList());
    }

    /** Returns the narrowest assignments that would allow the denied request; empty if none are known. */
    public List<String> remedy(AssignmentForm form) {
        if (!alternatives.isEmpty()) {
            return !cause.violations.isEmpty()
                    ? List.of()
                    : form.words(
                            alternatives.get(0).settings(), alternatives.get(0).missing());
        }
        List<Remedy> remedies = cause.violations.stream()
                .flatMap(each -> Stream.ofNullable(each.remedy()))
                .toList();
        return remedies.size() == cause.violations.size()
                ? form.words(remedies.stream().distinct().toList())
                : List.of();
    }

    public boolean isAllowed() {
        return reason.isAllowed();
    }

    /** Returns the variables, such as {@code CONTAINERS=1 and POST=1}. */
    public String allowedBy() {
        return by.isEmpty() ? "its operation id in allow" : String.join("=1 and ", by) + "=1";
    }
}
