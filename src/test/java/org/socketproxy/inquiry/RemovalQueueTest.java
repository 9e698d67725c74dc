package org.socketproxy.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.self.SelfRule;

class RemovalQueueTest {
    /** They remove an object that Podman finds by a part of its name or id, or keep the name of a network or secret. */
    private static final Pattern WAITING = Pattern.compile(
            "(Volume|Network|Image|Secret)(Delete|Prune|Untag).*|(Container|Pod)Create(Libpod)?|NetworkConnect.*");

    static Stream<Operation> waiting() {
        return OperationCatalogue.load().operations().stream()
                .filter(operation -> WAITING.matcher(operation.id()).matches())
                .filter(operation -> !ScopeRule.of(operation).isDenied());
    }

    @Test
    void thereAreSuchOperations() {
        assertThat(waiting()).hasSizeGreaterThan(18);
    }

    @ParameterizedTest
    @MethodSource("waiting")
    void operationTakesItsTurn(Operation operation) {
        assertThat(RemovalQueue.isRemoval(operation) || RemovalQueue.isUse(operation))
                .isTrue();
    }

    static Stream<Operation> others() {
        return OperationCatalogue.load().operations().stream()
                .filter(operation -> !WAITING.matcher(operation.id()).matches());
    }

    @ParameterizedTest
    @MethodSource("others")
    void otherOperationDoesNotWait(Operation operation) {
        assertThat(RemovalQueue.isRemoval(operation) || RemovalQueue.isUse(operation))
                .isFalse();
    }

    /** The target filter holds the body of a removal without a judge, and the body filter does not judge a body that is held. */
    @Test
    void noRemovalHasABodyThatIsJudged() {
        assertThat(waiting().filter(RemovalQueue::isRemoval))
                .hasSizeGreaterThan(12)
                .noneMatch(operation -> CreateRules.judgedBodies().contains(operation.id()))
                .noneMatch(operation -> operation.is(OperationRules.Trait.REBUILDS))
                .noneMatch(operation -> SelfRule.of(operation).stream()
                        .anyMatch(
                                rule -> rule.place() == SelfRule.Place.BODY || rule.place() == SelfRule.Place.CREATE));
    }
}
