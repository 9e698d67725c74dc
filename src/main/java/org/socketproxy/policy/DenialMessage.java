package org.socketproxy.policy;

import java.util.List;
import java.util.function.Supplier;
import org.socketproxy.dockerapi.Operation;

/** The sentence that a denial teaches with: what was asked, and which variables would allow it, narrowest first. */
public final class DenialMessage {
    /** From how many operations more on a wider way is called far wider. */
    private static final int FAR = 10;

    private DenialMessage() {}

    /**
     * Such as {@code ContainerRestart (POST /containers/{id}/restart) is not allowed: set ALLOW_RESTARTS=1 (or, far
     * wider, CONTAINERS=1 and POST=1)}.
     *
     * @param decision a denial
     * @param knownMethods the methods under which the path is known; asked only for a decision without an operation
     */
    public static String sentence(Decision decision, Supplier<List<String>> knownMethods) {
        Operation operation = decision.operation();
        ParameterRule rule = decision.rule();
        if (operation != null && rule != null) {
            return operation.id() + " (" + operation.signature() + ") is not allowed: " + rule.message();
        }
        if (decision.reason() == Reason.BROWSER) {
            return "requests from a web page (with an Origin or Sec-Fetch-Site header) are never allowed";
        }
        if (operation == null) {
            List<String> methods = knownMethods.get();
            return "no operation of the Docker API is known by this method and path, so it is not allowed"
                    + (methods.isEmpty() ? "" : " (this path is known with " + String.join(", ", methods) + ")");
        }
        String subject = operation.id() + " (" + operation.signature() + ")";
        if (decision.reason() == Reason.NEVER) {
            return subject + " is never allowed: no variable opens it";
        }
        if (decision.reason() == Reason.COMPATIBILITY) {
            return subject + " is not allowed: COMPAT=tecnativa knows no Podman paths";
        }
        return subject + " is not allowed: " + advice(decision.alternatives());
    }

    private static String advice(List<Decision.Alternative> alternatives) {
        Decision.Alternative narrowest = alternatives.get(0);
        StringBuilder advice = new StringBuilder("set ").append(narrowest);
        for (int i = 1; i < alternatives.size(); i++) {
            Decision.Alternative wider = alternatives.get(i);
            advice.append(i == 1 ? " (" : "; ").append("or, ");
            advice.append(width(narrowest, wider)).append(wider);
        }
        return alternatives.size() > 1 ? advice.append(')').toString() : advice.toString();
    }

    private static String width(Decision.Alternative narrowest, Decision.Alternative other) {
        if (other.opens() >= narrowest.opens() + FAR) {
            return "far wider, ";
        }
        return other.opens() > narrowest.opens() ? "wider, " : "";
    }
}
