package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.scope.ScopeRule.Action;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** Checks the table of how each operation is confined. */
class ScopeRuleTest {
    private final OperationCatalogue catalogue = OperationCatalogue.load();

    @Test
    void operationThatNamesAnObjectHasAPlaceForItInItsPath() {
        assertThat(catalogue.operations())
                .filteredOn(operation -> ScopeRule.of(operation).action() == Action.OBJECT)
                .hasSizeGreaterThan(40)
                .allSatisfy(operation ->
                        assertThat(operation.path().toString() + operation.id()).containsAnyOf("{", "ImageCommit"));
    }

    @Test
    void onlyPingsVersionsAndCallsOfBuildsPass() {
        assertThat(catalogue.operations())
                .filteredOn(operation -> ScopeRule.of(operation).action() == Action.PASS)
                .filteredOn(operation -> !operation.isGrpc()) // the step of builds binds and judges them
                .extracting(Operation::id)
                .containsExactlyInAnyOrder(
                        "Grpc",
                        "Session",
                        "SystemPing",
                        "SystemPingHead",
                        "SystemVersion",
                        "SystemPingLibpod",
                        "SystemPingHeadLibpod",
                        "SystemVersionLibpod");
    }

    @Test
    void eachOperationHasARow() {
        assertThat(catalogue.operations())
                .hasSizeGreaterThan(250)
                .allSatisfy(operation -> assertThat(OperationRules.all().containsKey(operation.id()))
                        .as(operation.id())
                        .isTrue());
    }

    @Test
    void actionsOnObjectsNameTheirKind() {
        assertThat(catalogue.operations()).allSatisfy(operation -> {
            ScopeRule rule = ScopeRule.of(operation);
            boolean isOfAKind = switch (rule.action()) {
                case OBJECT, OBJECTS, CREATE, LIST, PRUNE -> true;
                case PASS, DENY, EVENTS, USAGE, INFO -> false;
            };
            assertThat(rule.subject() != Subject.NONE).isEqualTo(isOfAKind);
        });
    }
}
