package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;

/** No message of a gRPC method reaches the daemon unread. */
class GrpcMethodsTest {
    static Stream<Operation> methods() {
        return OperationCatalogue.load().operations().stream().filter(Operation::isGrpc);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void methodIsAnsweredOrReadOrDenied(Operation method) {
        OperationRules rules = method.rules();
        boolean isCall = SessionRule.of(method) != null;
        long ways = Stream.of(rules.isAnswered(), BuildMessage.isRead(method), method.section() == null, isCall)
                .filter(way -> way)
                .count();

        assertThat(ways).as(method.id()).isEqualTo(1);
        assertThat(rules.create()).as(method.id()).isNotEqualTo("harmless");
        assertThat(method.sufficient().isEmpty() || BuildMessage.isRead(method))
                .as(method.id())
                .isTrue();
    }

    @Test
    void methodsThatTheDaemonDoesNotNeedAreAnswered() {
        assertThat(OperationRules.ids(OperationRules::isAnswered)).isEqualTo(List.of("TraceExport"));
    }
}
