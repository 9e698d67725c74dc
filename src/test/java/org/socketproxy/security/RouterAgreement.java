package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.security.RouterOracle.Outcome;
import org.socketproxy.security.RouterOracle.Reading;

/** Compares the operation that the proxy finds in a request line with the one that the router of dockerd finds. */
final class RouterAgreement {
    static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final RouterOracle ORACLE = new RouterOracle();
    /** Dockerd's router reads a link as a container's name; for the proxy it is a separate operation. */
    private static final Map<String, String> TAKEN_FOR = Map.of("ContainerLinkDelete", "ContainerDelete");

    private static final Set<String> ROUTED = ORACLE.operations().collect(Collectors.toSet());

    private RouterAgreement() {}

    /** Returns a policy with the defaults and additional variables. */
    static Policy policy(String... variables) {
        Set<String> on = new HashSet<>(Set.of(variables));
        Variables.load().all().stream()
                .filter(Variable::isOnByDefault)
                .map(Variable::name)
                .forEach(on::add);
        return Policy.of(CATALOGUE, ParameterRules.load(), on, Compatibility.LINUXSERVER);
    }

    /** Returns the ids of the operations that a policy with the defaults and additional variables allows. */
    static Set<String> allowedBy(String... variables) {
        Policy policy = policy(variables);
        return CATALOGUE.operations().stream()
                .filter(operation ->
                        policy.decide(operation, operation.write().isAlways()).isAllowed())
                .map(Operation::id)
                .collect(Collectors.toSet());
    }

    /**
     * Checks a request line that the proxy forwards.
     *
     * @param allowed ids of the allowed operations
     */
    static void check(String method, String target, Set<String> allowed) throws BadTargetException {
        String line = method + " " + target;
        Operation judged =
                CATALOGUE.find(method, RequestTarget.parse(target)).orElseThrow(() -> new AssertionError(line));
        Reading taken = ORACLE.read(method, target);
        String expected = TAKEN_FOR.getOrDefault(judged.id(), judged.id());
        if (!ROUTED.contains(expected)) {
            assertThat(taken.outcome())
                    .as(line)
                    .isEqualTo(Outcome.NOT_FOUND); // operation of Podman or of another version
            return;
        }
        assertThat(taken.operation()).as(line).isEqualTo(expected).isIn(allowed);
        boolean isOneContainer =
                taken.name() != null && expected.startsWith("Container") && !expected.equals("ContainerInspect");
        String name = expected.equals(judged.id()) ? "[A-Za-z0-9_.:@-]+" : "[A-Za-z0-9_.:@-]+/[A-Za-z0-9_.:@-]+";
        assertThat(isOneContainer ? taken.name() : "").as(line).matches(isOneContainer ? name : "");
    }
}
