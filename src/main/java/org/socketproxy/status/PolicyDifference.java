package org.socketproxy.status;

import java.util.List;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.status.SuggestSection.Change;
import org.socketproxy.status.SuggestSection.Kind;

/** Prints the difference between the policy in force and the least that the clients need, one variable or setting a line. */
final class PolicyDifference {
    /** Column of comments. */
    private static final int COLUMN = 40;

    private PolicyDifference() {}

    /** @param all with the variables, at least one */
    static String of(List<StatusFacts> all, PageQuery query) {
        StringBuilder text = new StringBuilder("""
                # The difference between the policy that runs and the least that its clients needed.
                # + is missing, - is not needed; ? only operations need it without which the clients went on
                """);
        all.forEach(facts -> append(text, facts, query));
        return text.toString();
    }

    private static void append(StringBuilder text, StatusFacts facts, PageQuery query) {
        ProxySetup setup = facts.setup();
        boolean isOfFile = setup.form() == AssignmentForm.POLICY_FILE;
        text.append('\n')
                .append(isOfFile ? "# profile " + setup.profile().origin().name() + ", " : "# ")
                .append("since ")
                .append(facts.usage().since())
                .append('\n');
        if (facts.usage().clients().isEmpty()) {
            text.append("# no client has sent a request\n");
            return;
        }
        for (Change change : SuggestSection.of(facts, query).changes()) {
            String line = sign(change.kind()) + " " + assignment(change.variable(), setup);
            text.append(line)
                    .append(" ".repeat(Math.max(2, COLUMN - line.length())))
                    .append("# ")
                    .append(change.why())
                    .append('\n');
        }
    }

    private static char sign(Kind kind) {
        return switch (kind) {
            case ADD -> '+';
            case REMOVE -> '-';
            case KEEP -> ' ';
            case OPTIONAL -> '?';
        };
    }

    /** A setting is an assignment already. */
    private static String assignment(String name, ProxySetup setup) {
        boolean isVariable =
                setup.variables().stream().anyMatch(each -> each.name().equals(name));
        return isVariable ? setup.form().words(name, true) : name;
    }
}
