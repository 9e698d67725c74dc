package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.scope.ScopeRule;
import org.socketproxy.policy.scope.ScopeRule.Action;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Each operation that names an object, with an object of the profile, one of others, and none. */
class TargetStepTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String TARGETS = "label:owner=ci,images:reference:thing";

    @TempDir
    Path folder;

    private final FakeObjects objects = new FakeObjects();
    private FakeDaemon daemon;
    private ChainUnderTest chain;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, objects);
        chain = ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", TARGETS));
    }

    @AfterEach
    void stop() throws Exception {
        chain.close();
        daemon.close();
    }

    static Stream<Operation> operations() {
        return CATALOGUE.operations().stream()
                .filter(operation -> ScopeRule.of(operation).action() == Action.OBJECT)
                .filter(operation -> !operation.until().equals("1.23")) // denied with every version
                .filter(operation -> !ScopeRule.of(operation).isDenied())
                .filter(operation -> CreateRules.wholeDenial(operation) == null);
    }

    @Test
    void tableHasAllOperationsOnOneObject() {
        assertThat(operations()).hasSizeGreaterThan(45);
    }

    private static String target(Operation operation, String name) {
        String path = operation.path().toString().replaceFirst("\\{[^}]*}", name);
        String query = switch (operation.id()) {
            case "ContainerRename", "ContainerRenameLibpod" -> "?name=new";
            case "ImageTag" -> "?repo=thing&tag=2";
            case "ImageTagLibpod", "ImageUntagLibpod" -> "?repo=docker.io/library/thing&tag=2";
            case "ImagePush" -> "?tag=1";
            default -> "";
        };
        String version = operation.until().equals("-") ? "/v1.45" : "/v" + operation.until();
        return version + path + query;
    }

    private static String name(Operation operation) {
        return switch (ScopeRule.of(operation).subject()) {
            case IMAGE ->
                switch (operation.id()) {
                    case "ImagePush" -> "thing";
                    case "ImagePushLibpod" -> "docker.io/library/thing:1";
                    default -> "thing:1";
                };
            case EXEC -> FakeObjects.LONG;
            case TASK -> FakeObjects.SHORT;
            default -> "thing";
        };
    }

    private RawResponse send(Operation operation, String name) throws IOException {
        boolean hasJson = CreateRules.isBodyJudged(operation);
        try (RawClient client = chain.connect()) {
            client.send(operation.method() + " " + target(operation, name) + " HTTP/1.1\r\nHost: d\r\n"
                    + (hasJson ? "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" : "\r\n"));
            return client.readAnswer(operation.method());
        }
    }

    private List<String> takeLines() throws InterruptedException {
        List<String> lines = new ArrayList<>();
        while (!daemon.isUntouched()) {
            String head = daemon.takeHead();
            lines.add(head.substring(0, head.indexOf(" HTTP/")));
        }
        return lines;
    }

    @ParameterizedTest
    @MethodSource("operations")
    void objectOfOthersIsAnsweredAsAMissingOne(Operation operation) throws Exception {
        objects.exist("other");
        RawResponse foreign = send(operation, name(operation));
        String record = chain.takeRecord();
        List<String> asked = takeLines();
        objects.exist(null);
        RawResponse missing = send(operation, name(operation));

        assertThat(withoutDate(foreign)).isEqualTo(withoutDate(missing));
        assertThat(foreign.head()).doesNotStartWith("HTTP/1.1 403 ");
        assertThat(record).startsWith("deny target-outside ");
        // only the log tells the two apart; the containers of a pod are looked up with it
        boolean isPod = operation.is(OperationRules.Trait.REACHES_MEMBERS);
        assertThat(chain.takeRecord()).startsWith(isPod ? "deny target-outside " : "allow ");
        assertThat(asked).isNotEmpty().allMatch(FakeObjects::isQuestion);
        assertThat(takeLines()).hasSize(1).allMatch(FakeObjects::isQuestion);
    }

    private static String withoutDate(RawResponse response) {
        return response.head().replaceFirst("(?i)\r\nDate: [^\r]*", "") + response.body();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void ownObjectIsForwardedWithItsFullId(Operation operation) throws Exception {
        objects.exist("ci");

        assertThat(send(operation, name(operation)).status()).isEqualTo(200);
        assertThat(chain.takeRecord()).startsWith("allow ");
        List<String> lines = takeLines();
        String id = named(operation);
        assertThat(lines.get(lines.size() - 1)).isEqualTo(operation.method() + " " + target(operation, id));
    }

    /**
     * An exec is asked for its container first, and a task for its service. The removal of a network asks which daemon it is. The
     * other steps read the same answer.
     */
    @ParameterizedTest
    @MethodSource("operations")
    void newVerdictCostsOneQuestion(Operation operation) throws Exception {
        objects.exist("ci");
        send(operation, name(operation));

        Subject subject = ScopeRule.of(operation).subject();
        assertThat(takeLines())
                .filteredOn(FakeObjects::isQuestion)
                .hasSize(
                        subject == Subject.EXEC
                                        || subject == Subject.TASK
                                        || operation.id().equals("NetworkDelete")
                                ? 2
                                : 1);
    }

    /** The labels of a container never change. Other objects can be replaced under their name. */
    @ParameterizedTest
    @CsvSource({
        "ContainerStop, 1",
        "ContainerStart, 0",
        "ExecResize, 0",
        "ImageHistory, 1",
        "NetworkDelete, 2",
        "VolumeDelete, 1",
        "ServiceDelete, 1",
        "SecretDelete, 1",
        "ConfigDelete, 1",
        "TaskLogs, 2",
    })
    void onlyContainersAreRemembered(String id, int queries) throws Exception {
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        objects.exist("ci");
        send(operation, named(operation));
        takeLines();
        send(operation, named(operation));

        assertThat(takeLines())
                .hasSize(queries + 1)
                .filteredOn(FakeObjects::isQuestion)
                .hasSize(queries);
    }

    private static String named(Operation operation) {
        Subject subject = ScopeRule.of(operation).subject();
        boolean isByName = subject == Subject.VOLUME
                || subject == Subject.IMAGE
                || operation.id().equals("NetworkDeleteLibpod");
        return isByName ? name(operation) : FakeObjects.id(subject);
    }
}
