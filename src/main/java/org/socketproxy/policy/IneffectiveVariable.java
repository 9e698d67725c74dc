package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Builds the hint for a variable that is on but has no effect without other variables. */
final class IneffectiveVariable {
    /** Limits the list of alternatives, because POST has an effect with each section. */
    private static final int MOST_ALTERNATIVES = 4;

    private IneffectiveVariable() {}

    /**
     * Returns a hint such as {@code EXEC=1 has no effect without CONTAINERS=1 and POST=1}.
     *
     * @param alternatives sets of variables that allow the operations of this variable; none is on completely
     * @param granted names of the variables that are on
     */
    static String sentence(String variable, List<List<String>> alternatives, Set<String> granted) {
        if (alternatives.isEmpty()) {
            return variable + "=1 has no effect with this COMPAT";
        }
        List<List<String>> missing = shortest(alternatives.stream()
                .map(alternative -> alternative.stream()
                        .filter(name -> !granted.contains(name))
                        .toList())
                .distinct()
                .toList());
        String advice = String.join(
                " or ",
                missing.stream()
                        .limit(MOST_ALTERNATIVES)
                        .map(names -> String.join("=1 and ", names) + "=1")
                        .toList());
        return variable + "=1 has no effect without " + advice
                + (missing.size() > MOST_ALTERNATIVES ? ", or another section" : "");
    }

    private static List<List<String>> shortest(List<List<String>> alternatives) {
        List<List<String>> sorted = new ArrayList<>(alternatives);
        sorted.sort(
                Comparator.comparingInt(List::size)); // the sort is stable: equal sizes keep the order of the tables
        return sorted.stream()
                .filter(alternative -> alternative.size() == sorted.get(0).size())
                .toList();
    }
}
