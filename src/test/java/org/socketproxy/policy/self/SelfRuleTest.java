package org.socketproxy.policy.self;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;

/** Every operation of a container that writes has a rule, or is in the list of harmless ones. */
class SelfRuleTest {
    /** They end nothing, and show and change nothing inside the container. */
    private static final Set<String> HARMLESS = Set.of(
            "ContainerStart",
            "ContainerUnpause",
            "ContainerResize",
            "ContainerWait",
            "ContainerStartLibpod",
            "ContainerUnpauseLibpod",
            "ContainerResizeLibpod",
            "ContainerWaitLibpod",
            "ContainerHealthcheckLibpod");

    private static final List<Operation> ALL = OperationCatalogue.load().operations();

    @Test
    void everyWriteOnAContainerIsProtectedOrHarmless() {
        Set<String> unprotected = ALL.stream()
                .filter(operation -> operation.path().toString().matches("(/libpod)?/containers/\\{.*"))
                .filter(operation -> operation.write().isAlways()
                        || operation.write().flag() != null
                        || operation.id().contains("Attach"))
                .filter(operation -> SelfRule.of(operation).isEmpty())
                .map(Operation::id)
                .collect(Collectors.toSet());

        assertThat(unprotected).isSubsetOf(HARMLESS);
    }

    @Test
    void everyRuleIsOfAnOperation() {
        assertThat(OperationRules.ids(rules -> !rules.self().isEmpty()))
                .hasSizeGreaterThan(60)
                .isSubsetOf(ALL.stream().map(Operation::id).collect(Collectors.toSet()));
    }
}
