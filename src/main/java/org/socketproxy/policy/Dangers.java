package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Lists the risks of switching variables on. */
public final class Dangers {
    private static final String POST = "POST";
    private static final String WITH_POST = "with POST";

    private Dangers() {}

    /**
     * Returns the additional risks, such as {@code EXEC runs any command in any container}. Adding {@code POST} also
     * adds the risks of variables that are already on, if their text mentions {@code POST}.
     *
     * @param before names of the variables that are already on
     * @param added names of the variables to switch on
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
