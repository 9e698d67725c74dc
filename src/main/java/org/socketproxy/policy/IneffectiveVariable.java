package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Says of a variable that is on, and allows nothing, with which others it would. */
final class IneffectiveVariable {
    /** POST has an effect with each of many sections. */
    private static final int MOST_ALTERNATIVES = 4;

    private IneffectiveVariable() {}

    /**
     * Such as {@code EXEC=1 has no effect without CONTAINERS=1 and POST=1}.
     *
     * @param alternatives what the operations take that the variable is for; none is satisfied
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
        sorted.sort(Comparator.comparingInt(List::size)); // stable: the tables' order decides among equals
        return sorted.stream()
                .filter(alternative -> alternative.size() == sorted.get(0).size())
                .toList();
    }
}
