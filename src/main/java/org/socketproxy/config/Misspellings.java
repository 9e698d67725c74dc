package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/**
 * Finds names in the environment that resemble a variable or setting of the proxy, and that would have no effect.
 */
final class Misspellings {
    /** Minimum length of a checked name; short names are often similar, such as {@code HOST} and {@code POST}. */
    private static final int SHORTEST = 5;
    /** Names of at least this length may differ in two letters. */
    private static final int LONG = 9;

    private static final Pattern OUR_PREFIX = Pattern.compile("ALLOW(ED)?_.*|LIBPOD_.*");
    /** Names that container engines and orchestrators set for each service. */
    private static final Pattern OF_SERVICES = Pattern.compile(".*_PORT|.*_PORT_.*|.*_SERVICE_HOST|.*_SERVICE_PORT.*");
    /** Names that shells and base images set. */
    private static final Pattern OF_IMAGES = Pattern.compile("HOSTNAME|PATH|HOME|.*_VERSION|.*_HOME");

    private Misspellings() {}

    static List<Problem> in(Map<String, String> environment, Variables variables) {
        List<String> known = Stream.concat(
                        variables.all().stream().map(Variable::name),
                        Arrays.stream(Setting.values()).map(Setting::name))
                .toList();
        List<Problem> found = new ArrayList<>();
        new TreeMap<>(environment).forEach((name, value) -> {
            if (!known.contains(name) && !isForeign(name)) {
                Optional<String> nearest = nearest(name, known);
                if (nearest.isPresent()) {
                    found.add(
                            new Problem(name, value, "there is no such variable; did you mean " + nearest.get() + "?"));
                } else if (OUR_PREFIX.matcher(name).matches()) {
                    found.add(new Problem(name, value, "there is no such variable; --help lists all variables"));
                }
            }
        });
        return found;
    }

    private static boolean isForeign(String name) {
        return OF_SERVICES.matcher(name).matches()
                || OF_IMAGES.matcher(name).matches()
                        && !OUR_PREFIX.matcher(name).matches();
    }

    /** @param known names in upper case */
    static Optional<String> nearest(String name, List<String> known) {
        String upper = name.toUpperCase(java.util.Locale.ROOT);
        String nearest = null;
        int least = name.length() >= LONG ? 3 : 2;
        for (String candidate : known) {
            int distance = candidate.length() < SHORTEST || name.length() < SHORTEST
                    ? Integer.MAX_VALUE
                    : distance(upper, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Edit distance with insertion, deletion, substitution and transposition (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                cost[i][j] = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
                boolean isSwapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (isSwapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
