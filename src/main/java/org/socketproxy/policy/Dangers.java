package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What becomes possible besides when variables are switched on, for people. */
public final class Dangers {
    private static final String POST = "POST";
    private static final String WITH_POST = "with POST";

    private Dangers() {}

    /**
     * The dangers that are new, such as {@code EXEC runs any command in any container}. A variable that is on already
     * becomes as dangerous as its text says when {@code POST} is switched on.
     *
     * @param before names of the variables that are on
     * @param added names of those that are switched on
     */
    public static List<String> added(List<Variable> variables, Set<String> before, Set<String> added) {
        List<String> dangers = new ArrayList<>();
        for (Variable variable : variables) {
            String danger = variable.danger();
            boolean isWorse = added.contains(POST) && before.contains(variable.name());
            if (danger != null && (added.contains(variable.name()) || isWorse && danger.contains(WITH_POST))) {
                dangers.add(variable.name() + " " + danger);
            }
        }
        return dangers;
    }
}
