package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.TestProfile;

class PolicyTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Variables VARIABLES = Variables.load();

    static Stream<List<String>> decisions() {
        return Corpus.lines(PolicyTest.class, "decisions.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" \\| ")));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void requestIsAllowedOrDeniedWithMessage(List<String> row) throws BadTargetException {
        Set<String> granted =
                row.get(0).equals("-") ? Set.of() : Set.of(row.get(0).split(","));
        String[] request = row.get(1).split(" ");
        RequestTarget target = RequestTarget.parse(request[1]);
        Operation operation = CATALOGUE.find(request[0], target).orElse(null);

        Decision decision = TestProfile.granting(granted).policy().decide(operation, target, RequestHead.EMPTY);

        String outcome = decision.isAllowed()
                ? decision.reason().code()
                : DenialMessage.sentence(decision, ProfileOrigin.ENVIRONMENT, () -> CATALOGUE.methodsOf(target));
        assertThat(outcome).isEqualTo(row.get(2));
    }

    @Test
    void browserIsDeniedExceptForWebSocketOfSameHost() throws BadTargetException {
        Profile everything = TestProfile.granting(names());
        RequestTarget target = RequestTarget.parse("/containers/x/stop");
        RequestHead ownPage = HeadLines.parse("Host: d:2375 / Origin: http://d:2375");
        RequestHead foreignPage = HeadLines.parse("Host: d:2375 / Origin: http://d:2376");

        for (Operation operation : CATALOGUE.operations()) {
            boolean isWebSocket = operation.id().equals("ContainerAttachWebsocket");
            assertThat(everything.policy().decide(operation, target, ownPage).reason())
                    .as(operation.id())
                    .isEqualTo(isWebSocket ? Reason.SECTION : Reason.BROWSER);
            assertThat(everything
                            .policy()
                            .decide(operation, target, foreignPage)
                            .reason())
                    .as(operation.id())
                    .isEqualTo(Reason.BROWSER);
        }
    }

    @Test
    void catalogueVariablesExistAndAllowOperations() {
        Set<String> used = new java.util.TreeSet<>(Set.of("POST"));
        for (Operation operation : CATALOGUE.operations()) {
            if (operation.section() != null) {
                used.add(operation.section());
            }
            used.addAll(operation.required());
            used.addAll(operation.sufficient());
        }
        assertThat(names()).hasSize(63).containsExactlyInAnyOrderElementsOf(used);
    }

    @Test
    void defaultsAreEventsPingAndVersion() {
        assertThat(VARIABLES.all())
                .filteredOn(Variable::isOnByDefault)
                .extracting(Variable::name)
                .containsExactly("EVENTS", "PING", "VERSION", "LIBPOD_PING", "LIBPOD_VERSION");
    }

    private static Set<String> names() {
        return Set.copyOf(VARIABLES.all().stream().map(Variable::name).toList());
    }
}
