package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.OperationExceptions.Allowed;
import org.socketproxy.policy.Variables.Variable;
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

    /** The numbers are those of the catalogue with and without the missing variables. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PING",
                "POST",
                "CONTAINERS",
                "CONTAINERS,ALLOW_START",
                "IMAGES,POST,BUILD",
                "LIBPOD_CONTAINERS,EXEC"
            })
    void alternativesAreSortedByTheNumberOfOperationsThatTheyOpen(String variables) {
        Set<String> granted = Set.of(variables.split(","));
        Policy policy = TestProfile.granting(granted).policy();

        for (Operation operation : CATALOGUE.operations()) {
            List<Decision.Alternative> alternatives =
                    policy.decide(operation, operation.write().isAlways()).alternatives();
            assertThat(alternatives)
                    .as(operation.id())
                    .isSortedAccordingTo(Comparator.comparingInt(Decision.Alternative::opens))
                    .allSatisfy(alternative -> {
                        Set<String> widened = new HashSet<>(granted);
                        widened.addAll(alternative.missing());
                        assertThat(alternative.missing()).isNotEmpty().doesNotContainAnyElementsOf(granted);
                        assertThat(alternative.opens())
                                .isEqualTo(policy.withGranted(widened).opens() - policy.opens());
                    });
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // operation              | is a write | reason
                "ContainerList            | false | section",
                "ContainerExport          | false | operation-denied",
                "ContainerWait            | true  | operation-allowed",
                "ContainerKill            | true  | operation-denied",
                "ImageList                | false | variable-missing",
            })
    void exceptionsComeBeforeVariablesAndADenialBeforeAnAllowance(String id, boolean isWrite, String reason) {
        Policy policy = Policy.of(
                CATALOGUE,
                ParameterRules.load(),
                Set.of("CONTAINERS", "ALLOW_EXPORT"),
                Compatibility.LINUXSERVER,
                OperationExceptions.of(
                        Set.of("ContainerWait", "ContainerKill"), Set.of("ContainerExport", "ContainerKill")),
                Policy.Term.ENDLESS);
        Operation operation = CATALOGUE.byId(id).orElseThrow();

        Decision decision = policy.decide(operation, isWrite);

        assertThat(decision.reason().code()).isEqualTo(reason);
        assertThat(policy.allows(operation, isWrite)).isEqualTo(decision.isAllowed());
        assertThat(policy.isAllowedById(operation)).isEqualTo(id.equals("ContainerWait") || id.equals("ContainerKill"));
        assertThat(policy.withGranted(policy.granted()).isAllowedById(operation))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // operation    | end of the profile   | of write-targets     | time                 | reason
                // | end that a denial
                // names
                "ContainerExec  | -                    | -                   | 2026-12-01T17:59:59Z | operation-allowed | ContainerExec",
                "ContainerExec  | -                    | -                   | 2026-12-01T18:00:00Z | permission-ended  | ContainerExec",
                "ContainerExec  | 2026-12-01T18:00:00Z | -                   | 2026-12-01T18:00:00Z | permission-ended  | the profile",
                "ContainerExec  | 2026-12-02T18:00:00Z | -                   | 2026-12-01T18:00:00Z | permission-ended  | ContainerExec",
                "ContainerWait  | -                    | -                   | 2026-12-01T18:00:00Z | operation-allowed | -",
                "ContainerWait  | 2026-12-01T18:00:00Z | -                   | 2026-12-01T17:59:59Z | operation-allowed | the profile",
                "ContainerWait  | 2026-12-01T18:00:00Z | -                   | 2026-12-01T18:00:00Z | permission-ended  | the profile",
                "ContainerList  | -                    | -                   | 2026-12-01T18:00:00Z | section           | -",
                "ContainerList  | 2026-12-01T18:00:00Z | -                   | 2026-12-01T18:00:00Z | permission-ended  | the profile",
                "ImageList      | -                    | -                   | 2026-12-01T18:00:00Z | variable-missing  | -",
                "ImageList      | 2026-12-01T18:00:00Z | -                   | 2026-12-01T18:00:00Z | permission-ended  | the profile",
                "ContainerKill  | -                    | -                   | 2026-12-01T18:00:00Z | operation-denied  | -",
                "ContainerExec  | -                    | 2026-12-01T17:00:00Z | 2026-12-01T17:00:00Z | permission-ended  | write-targets",
                "ContainerWait  | -                    | 2026-12-01T17:00:00Z | 2026-12-01T17:00:00Z | operation-allowed | -",
                "ContainerList  | -                    | 2026-12-01T17:00:00Z | 2026-12-01T17:00:00Z | section           | -",
                "ContainerStart | -                    | 2026-12-01T17:00:00Z | 2026-12-01T16:59:59Z | variable-missing  | write-targets",
                "ContainerStart | -                    | 2026-12-01T17:00:00Z | 2026-12-01T17:00:00Z | permission-ended  | write-targets",
                "ContainerStart | 2026-12-01T16:00:00Z | 2026-12-01T17:00:00Z | 2026-12-01T17:00:00Z | permission-ended  | the profile",
            })
    void permissionAppliesUntilItsEnd(
            String id,
            @Nullable Instant end,
            @Nullable Instant writes,
            Instant now,
            String reason,
            @Nullable String subject) {
        Policy policy = Policy.of(
                CATALOGUE,
                ParameterRules.load(),
                Set.of("CONTAINERS"),
                Compatibility.LINUXSERVER,
                new OperationExceptions(
                        Map.of(
                                "ContainerWait",
                                Allowed.ALWAYS,
                                "ContainerExec",
                                new Allowed(Instant.parse("2026-12-01T18:00:00Z"), null)),
                        Set.of("ContainerKill")),
                new Policy.Term(end, writes, InstantSource.fixed(now)));
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        boolean isWrite = operation.write().isAlways();

        Decision decision = policy.decide(operation, isWrite);

        assertThat(decision.reason().code()).isEqualTo(reason);
        assertThat(policy.allows(operation, isWrite)).isEqualTo(decision.isAllowed());
        PermissionEnd named = policy.end(operation, isWrite);
        assertThat(named == null ? null : named.subject()).isEqualTo(subject);
        assertThat(decision.end()).isEqualTo(reason.equals("permission-ended") ? named : null);
    }

    @Test
    void decisionSaysWhatAllowsTheRequest() {
        assertThat(TestProfile.granting(Set.of("CONTAINERS", "POST"))
                        .policy()
                        .decide(CATALOGUE.byId("ContainerCreate").orElseThrow(), true)
                        .allowedBy())
                .isEqualTo("CONTAINERS=1 and POST=1");
        assertThat(new Decision(Reason.OPERATION_ALLOWED, null, false, List.of(), List.of()).allowedBy())
                .isEqualTo("its operation id in allow");
    }

    @ParameterizedTest
    @CsvSource({
        "LINUXSERVER, ALLOW_START, ContainerStart, alone",
        "TECNATIVA, ALLOW_START, ContainerStart, variable-missing",
        "TECNATIVA, 'ALLOW_START,POST', ContainerStart, alone",
        "LINUXSERVER, LIBPOD_INFO, SystemInfoLibpod, section",
        "TECNATIVA, LIBPOD_INFO, SystemInfoLibpod, compatibility",
    })
    void tecnativaNeedsPostAndKnowsNoPodman(Compatibility compatibility, String variables, String id, String reason) {
        Policy policy = Policy.of(CATALOGUE, ParameterRules.load(), Set.of(variables.split(",")), compatibility);
        Operation operation = CATALOGUE.byId(id).orElseThrow();

        assertThat(policy.decide(operation, operation.write().isAlways())
                        .reason()
                        .code())
                .isEqualTo(reason);
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
        assertThat(names()).hasSize(64).containsExactlyInAnyOrderElementsOf(used);
    }

    @Test
    void variableIsFoundByItsName() {
        assertThat(VARIABLES.all())
                .allSatisfy(
                        variable -> assertThat(VARIABLES.find(variable.name())).hasValue(variable));
        assertThat(VARIABLES.find("post")).isEmpty();
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
