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
     * @param ways what the operations take that the variable is for; none is satisfied
     */
    static String sentence(String variable, List<List<String>> ways, Set<String> granted) {
        if (ways.isEmpty()) {
            return variable + "=1 has no effect with this COMPAT";
        }
        List<List<String>> missing = shortest(ways.stream()
                .map(way -> way.stream().filter(name -> !granted.contains(name)).toList())
                .distinct()
                .toList());
        String alternatives = String.join(
                " or ",
                missing.stream()
                        .limit(MOST_ALTERNATIVES)
                        .map(names -> String.join("=1 and ", names) + "=1")
                        .toList());
        return variable + "=1 has no effect without " + alternatives
                + (missing.size() > MOST_ALTERNATIVES ? ", or another section" : "");
    }

    private static List<List<String>> shortest(List<List<String>> ways) {
        List<List<String>> sorted = new ArrayList<>(ways);
        sorted.sort(Comparator.comparingInt(List::size)); // stable: the tables' order decides among equals
        return sorted.stream().filter(way -> way.size() == sorted.get(0).size()).toList();
    }
}
