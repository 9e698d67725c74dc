package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.self.ProtectedSubject.Owner;

/** Builds the message of a denial: the operation, and the variables that would allow it, narrowest alternative first. */
public final class DenialMessage {
    /** Number of additional operations from which the message calls an alternative far wider. */
    private static final int FAR = 10;

    private static final int MOST_VIOLATIONS = 5;

    /** Dockerd's words for an unknown path, after which some clients try an older one. */
    private static final String NOT_FOUND = "page not found: ";

    private static final String BUILDKIT =
            "; docker build needs " + String.join(", ", Variables.BUILDKIT) + " together";

    private DenialMessage() {}

    /**
     * Returns a message such as {@code ContainerRestart (POST /containers/{id}/restart) is not allowed: set ALLOW_RESTARTS=1 (or, far
     * wider, CONTAINERS=1 and POST=1)}.
     *
     * @param origin the profile that denies; the message names its line in the policy file
     * @param knownMethods returns the methods of the path; called only if the decision has no operation
     */
    public static String sentence(Decision decision, ProfileOrigin origin, Supplier<List<String>> knownMethods) {
        return decision.reason() == Reason.NO_PROFILE
                ? "no profile of " + origin.file() + " has this client; add it to the clients of a profile"
                : plain(decision, origin, knownMethods) + hint(decision, origin);
    }

    private static String hint(Decision decision, ProfileOrigin origin) {
        if (decision.reason() == Reason.OPERATION_UNCONFINED) {
            return origin.hint(AssignmentForm.ALLOW);
        }
        PermissionEnd end = decision.end();
        return end == null ? origin.hint(decision.reason()) : origin.hint(end.key());
    }

    /** Returns the message of a denied create shortly after the client has removed a container, as updaters do. */
    public static String afterRemoval(String sentence) {
        return "an updater needs CREATE=safe with CREATE_ALLOW=recreate and CREATE_IMAGES to create a container again that it has"
                + " removed; else: " + sentence;
    }

    /** Returns the message of a request outside of the targets; {@code what} is the end of the sentence. */
    public static String unconfinable(Operation operation, String what, ProfileOrigin origin) {
        return denied(operation, what, origin.hint(Reason.TARGET_PARAMETER_UNCONFINED));
    }

    /** Returns the message of a request for an object that a rule denies; {@code what} is the end of the sentence. */
    public static String ofObject(ObjectRule rule, Operation operation, String what, ProfileOrigin origin) {
        return denied(
                operation,
                what,
                rule.isProtecting() ? "" : origin.hint(rule.kind().key()));
    }

    /** Returns the message of a call of the daemon on a session for a name that the profile does not name. */
    public static String ofBuild(Operation operation, String what, ProfileOrigin origin) {
        return denied(operation, what, origin.hint("build"));
    }

    private static String denied(Operation operation, String what, String hint) {
        return operation.id() + " (" + operation.signature() + ") is not allowed: " + what + hint;
    }

    private static String plain(Decision decision, ProfileOrigin origin, Supplier<List<String>> knownMethods) {
        Operation operation = decision.operation();
        ParameterDenial rule = decision.rule();
        if (!decision.violations().isEmpty() && decision.alternatives().isEmpty()) {
            return violations(decision.violations(), origin.form());
        }
        if (operation != null && rule != null) {
            return operation.id() + " (" + operation.signature() + ") is not allowed: " + rule.message();
        }
        if (decision.reason() == Reason.BROWSER) {
            return "requests from a web page (with an Origin or Sec-Fetch-Site header) are never allowed";
        }
        if (operation == null) {
            List<String> methods = knownMethods.get();
            String sentence = "the Docker API has no operation with this method and path, so it is not allowed";
            return methods.isEmpty()
                    ? NOT_FOUND + sentence
                    : sentence + " (this path exists with " + String.join(", ", methods) + ")";
        }
        String subject = operation.id() + " (" + operation.signature() + ")";
        if (decision.reason() == Reason.NEVER) {
            return subject + " is never allowed: no variable allows it";
        }
        PermissionEnd end = decision.end();
        if (end != null) {
            return subject + " is not allowed: " + end.denial();
        }
        if (decision.reason() == Reason.OPERATION_DENIED) {
            return subject + " is not allowed: the profile denies it by its id";
        }
        if (decision.reason() == Reason.OPERATION_UNCONFINED) {
            return subject + " is not allowed: it cannot be confined to the targets of the profile"
                    + byId(decision, operation);
        }
        if (decision.reason() == Reason.OBJECT_PROTECTED) {
            return subject + " is not allowed: it can reach objects that PROTECT selects";
        }
        if (decision.reason() == Reason.SELF_PROTECTED) {
            return subject + " is not allowed: it acts on the container of this proxy, or on what this container uses;"
                    + " PROTECT_SELF=0 switches this protection off";
        }
        Owner owner = decision.owner();
        if (owner != null) {
            return subject + " is not allowed: it acts on a client of the profile " + owner.profile()
                    + ", or on an address, name, network or volume by which a container could become one;"
                    + " " + owner.trust(origin.name()) + " allows it";
        }
        if (decision.reason() == Reason.COMPATIBILITY) {
            return subject + " is not allowed: COMPAT=tecnativa denies all Podman paths";
        }
        if (decision.reason() == Reason.MASKED_VALUE) {
            return subject + " is not allowed: its body contains " + Marker.TEXT
                    + " or a masked address, with which MASK replaces a secret in responses; the daemon would store it in"
                    + " place of the secret";
        }
        boolean isBuildMissing = operation.isOfBuildKit()
                && decision.alternatives().stream()
                        .anyMatch(each -> !Collections.disjoint(each.missing(), Variables.BUILDKIT));
        return subject + " is not allowed: " + advice(decision.alternatives(), origin)
                + (isBuildMissing ? BUILDKIT : "")
                + (decision.violations().isEmpty()
                        ? ""
                        : "; its body: " + violations(decision.violations(), origin.form()));
    }

    private static String byId(Decision decision, Operation operation) {
        if (decision.alternatives().isEmpty()) {
            return "; only a policy file can allow it, by allow: [" + operation.id() + "]";
        }
        Decision.Alternative way = decision.alternatives().get(0);
        return "; " + way + " allows it" + (way.danger().isEmpty() ? "" : " (" + way.danger() + ")");
    }

    /** Returns the sentence of the first violation, and the subjects of a few others. */
    private static String violations(List<Violation> violations, AssignmentForm form) {
        StringBuilder sentence = new StringBuilder(violations.get(0).sentence(form::words));
        int shown = Math.min(violations.size(), MOST_VIOLATIONS);
        for (Violation other : violations.subList(1, shown)) {
            sentence.append("; also ").append(other.subject());
            Violation.Remedy remedy = other.remedy();
            if (remedy != null) {
                sentence.append(" (").append(form.words(remedy)).append(')');
            }
        }
        return violations.size() > shown
                ? sentence.append("; and ")
                        .append(violations.size() - shown)
                        .append(" more")
                        .toString()
                : sentence.toString();
    }

    /**
     * Returns the message of a request with a name that a rule does not select.
     *
     * @param fault what is wrong, after the operation
     * @param remedies elements of the rule that would select all names
     */
    public static String ofName(
            ObjectRule rule, Operation operation, String fault, List<Violation.Remedy> remedies, ProfileOrigin origin) {
        return operation.id() + " " + rule.worded(fault)
                + (remedies.isEmpty()
                        ? ""
                        : " (" + String.join(" and ", origin.form().words(remedies)) + " would; "
                                + remedies.get(0).danger() + ")")
                + origin.hint(rule.kind().key());
    }

    private static String advice(List<Decision.Alternative> alternatives, ProfileOrigin origin) {
        // A setting has another key in the policy file; variables have the same name.
        boolean hasKeys = origin.isOfFile()
                && alternatives.stream().anyMatch(each -> !each.settings().isEmpty());
        AssignmentForm form = hasKeys ? AssignmentForm.POLICY_FILE : AssignmentForm.ENVIRONMENT;
        Decision.Alternative narrowest = alternatives.get(0);
        List<String> notes = new ArrayList<>();
        if (!narrowest.danger().isEmpty()) {
            notes.add(narrowest.settings().isEmpty() ? narrowest.danger() : alone(narrowest, form));
        }
        narrowest.settings().stream()
                .filter(Violation.Remedy::isOfSecrets)
                .map(each -> form.words(each) + ": " + each.danger())
                .forEach(notes::add);
        for (Decision.Alternative wider : alternatives.subList(1, alternatives.size())) {
            boolean isDangerous = !wider.danger().isEmpty() && wider.settings().isEmpty();
            notes.add(
                    "or, " + width(narrowest, wider) + wider.words(form) + (isDangerous ? ": " + wider.danger() : ""));
        }
        return "set " + narrowest.words(form) + (notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")");
    }

    private static String alone(Decision.Alternative alternative, AssignmentForm form) {
        return alternative.variables(form) + " alone: " + alternative.danger();
    }

    private static String width(Decision.Alternative narrowest, Decision.Alternative other) {
        if (other.opens() >= narrowest.opens() + FAR) {
            return "far wider, ";
        }
        return other.opens() > narrowest.opens() ? "wider, " : "";
    }
}
