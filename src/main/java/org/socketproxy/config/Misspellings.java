package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.table.NearestName;

/**
 * Finds names in the environment that resemble a variable or setting of the proxy, and that would have no effect.
 */
final class Misspellings {
    /** Minimum length of a checked name; short names are often similar, such as {@code HOST} and {@code POST}. */
    private static final int SHORTEST = 5;

    private static final Pattern OUR_PREFIX = Pattern.compile("ALLOW(ED)?_.*|LIBPOD_.*");
    /** Names that container engines and orchestrators set for each service. */
    private static final Pattern OF_SERVICES = Pattern.compile(".*_PORT|.*_PORT_.*|.*_SERVICE_HOST|.*_SERVICE_PORT.*");
    /** Names that shells and base images set. */
    private static final Pattern OF_IMAGES = Pattern.compile("HOSTNAME|PATH|HOME|.*_VERSION|.*_HOME");

    /** Settings whose values are not shown. */
    private static final Set<String> SECRETS = Set.of(Setting.STATUS_TOKEN.name(), Setting.NOTIFY.name());

    private Misspellings() {}

    static List<Problem> in(Map<String, String> environment, Variables variables) {
        List<String> known = Stream.concat(
                        variables.all().stream().map(Variable::name),
                        Arrays.stream(Setting.values()).map(Setting::name))
                .toList();
        List<String> compared =
                known.stream().filter(name -> name.length() >= SHORTEST).toList();
        List<Problem> found = new ArrayList<>();
        new TreeMap<>(environment).forEach((name, value) -> {
            if (!known.contains(name) && !isForeign(name)) {
                Optional<String> nearest =
                        name.length() >= SHORTEST ? NearestName.of(name, compared) : Optional.empty();
                if (nearest.isPresent() || OUR_PREFIX.matcher(name).matches()) {
                    found.add(new Problem(
                            name,
                            nearest.filter(SECRETS::contains).isPresent() ? "…" : value,
                            "there is no such variable"
                                    + NearestName.advice(name, compared, "; --help lists all variables")));
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
}
