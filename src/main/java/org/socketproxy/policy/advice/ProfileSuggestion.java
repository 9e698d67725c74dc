package org.socketproxy.policy.advice;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.Usage;

/** Prints the minimum variables of one profile as a block of the policy file. */
final class ProfileSuggestion {
    private static final Map<String, String> CREATE_KEYS = Map.of(
            "BINDS", "binds",
            "CREATE_ALLOW", "allow",
            "CREATE_REQUIRE", "require",
            "CREATE_IMAGES", "images");
    private static final int COLUMN = 40;

    private final Variables variables;
    private final String profile;
    private final Usage usage;

    ProfileSuggestion(Variables variables, String profile, Usage usage) {
        this.variables = variables;
        this.profile = profile;
        this.usage = usage;
    }

    /** Appends the block. */
    void append(StringBuilder text, MinimalPolicy least) {
        text.append("  ").append(profile).append(":\n");
        text.append("    # Keep the clients. Requested since ").append(usage.since());
        text.append(" by ").append(clients()).append(".\n");
        text.append("    # The variables allow ").append(least.opens()).append(" operations.\n");
        text.append("    variables:\n");
        for (Variable variable : variables.all()) {
            List<Operation> reasons = least.needed().get(variable.name());
            if (reasons != null) {
                String danger = variable.danger() == null ? "" : "; DANGER: " + variable.danger();
                line(text, variable.name() + ": 1", ids(reasons) + danger);
            } else if (variable.isOnByDefault()) {
                line(text, variable.name() + ": 0", "on by default, and no client requested it");
            }
        }
        if (!least.never().isEmpty()) {
            text.append("    # No variable allows: ").append(ids(least.never())).append('\n');
        }
        appendCreate(text);
    }

    /** Appends comments on the clients that no profile has. */
    void appendOthers(StringBuilder text) {
        if (usage.clients().isEmpty()) {
            return;
        }
        text.append("# No profile has these clients, so everything was denied: ")
                .append(clients())
                .append(".\n");
    }

    private String clients() {
        List<String> names =
                usage.clients().stream().map(Usage.ClientUse::client).toList();
        return names.isEmpty() ? "no client" : String.join(", ", names);
    }

    private static void line(StringBuilder text, String assignment, String comment) {
        String line = "      " + assignment;
        text.append(line)
                .append(" ".repeat(Math.max(2, COLUMN - line.length())))
                .append("# ")
                .append(comment)
                .append('\n');
    }

    private static String ids(List<Operation> operations) {
        return operations.stream().map(Operation::id).collect(Collectors.joining(", "));
    }

    /** Appends comment lines: to allow what was denied is a decision of the administrator. */
    private void appendCreate(StringBuilder text) {
        if (usage.remedies().isEmpty()) {
            return;
        }
        text.append("    # The rules of create denied requests since the start that these elements would allow:\n");
        for (Remedy remedy : usage.remedies()) {
            text.append("    #   ")
                    .append(CREATE_KEYS.getOrDefault(remedy.setting(), remedy.setting()))
                    .append(": [\"")
                    .append(remedy.value())
                    .append("\"]   DANGER: ")
                    .append(remedy.danger())
                    .append('\n');
        }
    }
}
