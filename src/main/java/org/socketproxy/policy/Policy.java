package org.socketproxy.policy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.scope.ScopeRule;

/**
 * Decides a request: stage 1 checks the operation by the variables that are on, stage 2 the parameters by the rules. A sufficient
 * variable allows an operation, or its section with all other required variables, and {@code POST} for a write. The exceptions of
 * a profile take precedence.
 *
 * <p>Threading: thread-safe; immutable.
 */
public final class Policy {
    private static final String POST = "POST";

    private final OperationCatalogue catalogue;
    private final ParameterRules rules;
    private final Set<String> granted;
    private final Compatibility compatibility;
    private final OperationExceptions exceptions;
    private final Term term;

    private record Use(Operation operation, boolean isWrite) {}

    private Policy(
            OperationCatalogue catalogue,
            ParameterRules rules,
            Set<String> granted,
            Compatibility compatibility,
            OperationExceptions exceptions,
            Term term) {
        this.catalogue = catalogue;
        this.rules = rules;
        this.granted = granted;
        this.compatibility = compatibility;
        this.exceptions = exceptions;
        this.term = term;
    }

    /**
     * Time limit of a profile.
     *
     * @param end end of all its permissions, or null
     * @param writes end of the permission to change objects, or null
     * @param clock asked only about permissions with an end
     */
    public record Term(@Nullable Instant end, @Nullable Instant writes, InstantSource clock) {
        public static final Term ENDLESS = new Term(null, null, InstantSource.system());
    }

    /** Creates a policy without exceptions; {@code granted} has the names of the variables that are on. */
    public static Policy of(
            OperationCatalogue catalogue, ParameterRules rules, Set<String> granted, Compatibility compatibility) {
        return of(catalogue, rules, granted, compatibility, OperationExceptions.NONE, Term.ENDLESS);
    }

    /** Creates a policy; {@code granted} has the names of the variables that are on. */
    public static Policy of(
            OperationCatalogue catalogue,
            ParameterRules rules,
            Set<String> granted,
            Compatibility compatibility,
            OperationExceptions exceptions,
            Term term) {
        return new Policy(catalogue, rules, Set.copyOf(granted), compatibility, exceptions, term);
    }

    /** Returns the policy with exactly these variables, and without exceptions. */
    public Policy withGranted(Set<String> names) {
        return of(catalogue, rules, names, compatibility);
    }

    /** Returns the policy with exactly these variables; exceptions and time limits stay. */
    Policy granting(Set<String> names) {
        return of(catalogue, rules, names, compatibility, exceptions, term);
    }

    /** Returns the policy that also allows an operation by its id. */
    Policy allowing(Operation operation) {
        Map<String, OperationExceptions.Allowed> allowed = new HashMap<>(exceptions.allowed());
        allowed.put(operation.id(), OperationExceptions.Allowed.ALWAYS);
        OperationExceptions wider = new OperationExceptions(allowed, exceptions.denied());
        return of(catalogue, rules, granted, compatibility, wider, term);
    }

    boolean isDeniedById(Operation operation) {
        return exceptions.denied().contains(operation.id());
    }

    public boolean isAllowedById(Operation operation) {
        return exceptions.allowed().containsKey(operation.id());
    }

    /** Returns true if the variables allow the operation with some parameters. */
    boolean allows(String id) {
        Operation operation = catalogue.byId(id).orElseThrow();
        return allows(operation, operation.write().isAlways());
    }

    OperationCatalogue catalogue() {
        return catalogue;
    }

    public Set<String> granted() {
        return granted;
    }

    /** Decides about operation and parameters; {@code operation} is null if the catalogue does not have it. */
    public Decision decide(@Nullable Operation operation, RequestTarget target, RequestHead head) {
        return decide(operation, target, head, isWrite -> decide(Objects.requireNonNull(operation), isWrite));
    }

    /** Decides like the other method, by the decision of the plan about the operation. */
    Decision planned(OperationPlan plan, RequestTarget target, RequestHead head) {
        return decide(plan.operation(), target, head, plan::byVariables);
    }

    private Decision decide(
            @Nullable Operation operation, RequestTarget target, RequestHead head, Function<Boolean, Decision> first) {
        boolean isFromBrowser = head.isFromBrowser();
        if (operation == null) {
            return Decision.denied(isFromBrowser ? Reason.BROWSER : Reason.UNLISTED, null, false);
        }
        boolean isWrite = operation.isWrite(target);
        if (isFromBrowser && !operation.isWebSocket()) {
            return Decision.denied(Reason.BROWSER, operation, isWrite);
        }
        Decision decision = first.apply(isWrite);
        // Stage 2 also applies if a variable is missing, because learn mode forwards such a request.
        if (!decision.isAllowed() && decision.reason() != Reason.VARIABLE_MISSING) {
            return decision;
        }
        ParameterDenial denial = rules.denial(operation, target, head, granted);
        return denial == null ? decision : Decision.violating(denial, operation, isWrite);
    }

    /** Returns all ends of permissions, the earliest first. */
    public List<PermissionEnd> ends() {
        List<PermissionEnd> ends = new ArrayList<>();
        if (term.end != null) {
            ends.add(PermissionEnd.ofProfile(term.end));
        }
        if (term.writes != null) {
            ends.add(PermissionEnd.ofWrites(term.writes));
        }
        exceptions.allowed().forEach((id, allowed) -> {
            if (allowed.until() != null) {
                ends.add(PermissionEnd.ofOperation(id, allowed.until()));
            }
        });
        ends.sort(Comparator.comparing(PermissionEnd::at).thenComparing(PermissionEnd::subject));
        return ends;
    }

    /** Returns the earliest end of the permission for an operation; null without an end. */
    public @Nullable PermissionEnd end(Operation operation, boolean isWrite) {
        OperationExceptions.Allowed allowed = exceptions.allowed().get(operation.id());
        Instant own = allowed == null ? null : allowed.until();
        Instant whole = term.end;
        Instant writes = term.writes != null && ScopeRule.changes(operation, isWrite) ? term.writes : null;
        if (whole != null && isFirst(whole, own) && isFirst(whole, writes)) {
            return PermissionEnd.ofProfile(whole);
        }
        if (writes != null && isFirst(writes, own)) {
            return PermissionEnd.ofWrites(writes);
        }
        return own == null ? null : PermissionEnd.ofOperation(operation.id(), own);
    }

    private static boolean isFirst(Instant end, @Nullable Instant other) {
        return other == null || !end.isAfter(other);
    }

    public boolean isPast(PermissionEnd end) {
        return !term.clock.instant().isBefore(end.at());
    }

    @Nullable
    PermissionEnd past(Operation operation, boolean isWrite) {
        PermissionEnd end = end(operation, isWrite);
        return end == null || !isPast(end) ? null : end;
    }

    /** Returns true if the permission of the operation has an end. */
    boolean hasEnd(Operation operation) {
        return end(operation, true) != null || end(operation, false) != null;
    }

    /** Stage 1. */
    public Decision decide(Operation operation, boolean isWrite) {
        PermissionEnd past = past(operation, isWrite);
        if (past != null) {
            return Decision.ended(past, operation, isWrite);
        }
        return decideForever(operation, isWrite);
    }

    /** Stage 1 without an end of the permission. */
    Decision decideForever(Operation operation, boolean isWrite) {
        return decide(new Use(operation, isWrite));
    }

    /** Returns a hint for each of these variables that has no effect without variables that are off. */
    public List<String> ineffective(Set<String> variables) {
        List<String> sentences = new ArrayList<>();
        for (String variable : variables.stream().sorted().toList()) {
            List<List<String>> alternatives = alternativesWith(variable);
            if (alternatives.stream().noneMatch(granted::containsAll)) {
                sentences.add(IneffectiveVariable.sentence(variable, alternatives, granted));
            }
        }
        return sentences;
    }

    /**
     * Returns the sets of variables that allow the operations of a variable; only operations with the variable in the column
     * {@code needs}, if there are some: inspecting an exec is useless to a client that cannot create one.
     */
    private List<List<String>> alternativesWith(String variable) {
        List<Operation> known = catalogue.operations().stream()
                .filter(operation -> compatibility.isLibpodKnown() || !operation.isLibpod())
                .toList();
        List<Operation> needing = known.stream()
                .filter(operation -> operation.required().contains(variable))
                .toList();
        List<List<String>> alternatives = new ArrayList<>();
        for (Operation operation : needing.isEmpty() ? known : needing) {
            requiredAlternatives(plain(operation)).stream()
                    .filter(required -> required.contains(variable))
                    .forEach(alternatives::add);
        }
        return alternatives;
    }

    private List<List<String>> requiredAlternatives(Use use) {
        List<List<String>> alternatives = new ArrayList<>();
        use.operation.sufficient().forEach(variable -> alternatives.add(requiredBySufficient(variable)));
        alternatives.add(requiredBySection(use));
        return alternatives;
    }

    public int opens() {
        return opens(operation -> true);
    }

    public int opens(Predicate<Operation> isCounted) {
        return (int) catalogue.operations().stream()
                .filter(isCounted)
                .filter(operation -> allows(operation, operation.write().isAlways()))
                .count();
    }

    /** Without a query flag that would make it a write. */
    private static Use plain(Operation operation) {
        return new Use(operation, operation.write().isAlways());
    }

    /** Does not search for alternatives. */
    public boolean allows(Operation operation, boolean isWrite) {
        return past(operation, isWrite) == null
                && exclusion(operation) == null
                && (isAllowedBy(operation, isWrite, granted::contains) || isAllowedById(operation));
    }

    /** Returns the reason why no variable allows the operation, or null. */
    private @Nullable Reason exclusion(Operation operation) {
        if (operation.isLibpod() && !compatibility.isLibpodKnown()) {
            return Reason.COMPATIBILITY;
        }
        return isDeniedById(operation) ? Reason.OPERATION_DENIED : null;
    }

    private @Nullable Decision allowance(Use use) {
        Operation operation = use.operation;
        List<String> by = allowedBy(use, granted);
        if (!by.isEmpty()) {
            Reason reason = operation.sufficient().contains(by.get(0)) ? Reason.ALONE : Reason.SECTION;
            return new Decision(reason, operation, use.isWrite, by, List.of());
        }
        return exceptions.allowed().containsKey(operation.id())
                ? new Decision(Reason.OPERATION_ALLOWED, operation, use.isWrite, List.of(), List.of())
                : null;
    }

    private Decision decide(Use use) {
        Operation operation = use.operation;
        Reason exclusion = exclusion(operation);
        if (exclusion != null) {
            return Decision.denied(exclusion, operation, use.isWrite);
        }
        Decision allowance = allowance(use);
        if (allowance != null) {
            return allowance;
        }
        List<Decision.Alternative> alternatives = alternatives(use);
        Reason reason = alternatives.isEmpty() ? Reason.NEVER : Reason.VARIABLE_MISSING;
        return new Decision(reason, operation, use.isWrite, List.of(), alternatives);
    }

    /** Returns the variables that allow the operation together; may be empty. */
    private List<String> allowedBy(Use use, Set<String> on) {
        for (String variable : use.operation.sufficient()) {
            if (on.containsAll(requiredBySufficient(variable))) {
                return requiredBySufficient(variable);
            }
        }
        List<String> required = requiredBySection(use);
        return on.containsAll(required) ? required : List.of();
    }

    /** Returns whether {@link #allowedBy} has variables, without making lists: each denial asks it of all operations. */
    private boolean isAllowedBy(Operation operation, boolean isWrite, Predicate<String> isOn) {
        for (String variable : operation.sufficient()) {
            if (isOn.test(variable) && (!compatibility.isPostNeededAlone() || isOn.test(POST))) {
                return true;
            }
        }
        if (operation.section() == null || !isOn.test(operation.section()) || isWrite && !isOn.test(POST)) {
            return false;
        }
        for (String variable : operation.required()) {
            if (!isOn.test(variable)) {
                return false;
            }
        }
        return true;
    }

    private List<String> requiredBySufficient(String variable) {
        return compatibility.isPostNeededAlone() ? List.of(variable, POST) : List.of(variable);
    }

    /** Returns an empty list without a section. */
    private static List<String> requiredBySection(Use use) {
        Operation operation = use.operation;
        if (operation.section() == null) {
            return List.of();
        }
        List<String> required = new ArrayList<>();
        required.add(operation.section());
        required.addAll(operation.required());
        if (use.isWrite) {
            required.add(POST);
        }
        return required;
    }

    private List<Decision.Alternative> alternatives(Use use) {
        List<Decision.Alternative> alternatives = new ArrayList<>();
        for (String variable : use.operation.sufficient()) {
            alternatives.add(alternative(requiredBySufficient(variable)));
        }
        List<String> bySection = requiredBySection(use);
        if (!bySection.isEmpty()) {
            alternatives.add(alternative(bySection));
        }
        alternatives.sort(Comparator.comparingInt(Decision.Alternative::opens));
        return alternatives;
    }

    private Decision.Alternative alternative(List<String> required) {
        List<String> missing =
                required.stream().filter(name -> !granted.contains(name)).toList();
        Predicate<String> widened = name -> granted.contains(name) || missing.contains(name);
        int opens = 0;
        for (Operation operation : catalogue.operations()) {
            boolean isWrite = operation.write().isAlways();
            if (isAllowedBy(operation, isWrite, widened) && !isAllowedBy(operation, isWrite, granted::contains)) {
                opens++;
            }
        }
        return new Decision.Alternative(missing, opens);
    }
}
