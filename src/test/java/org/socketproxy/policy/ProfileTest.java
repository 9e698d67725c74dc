package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;

/** Decisions of a whole profile, before a request has a body. */
class ProfileTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final LearnMode LEARNING = LearnMode.until(Instant.EPOCH.plus(Duration.ofDays(100_000)));

    /** @param line settings separated by spaces */
    private static Profile profile(String line, LearnMode learning) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String setting : line.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return Settings.read(environment, Variables.load())
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), learning, List.of(), InstantSource.system());
    }

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1                                              | ContainerList  | section",
                "CONTAINERS=1                                              | ContainerStart | variable-missing",
                "AUTH=1 POST=1                                             | SystemAuth     | section",
                "AUTH=1 POST=1 CREATE=safe TARGETS=label:a=b               | SystemAuth     | operation-unconfined",
                "CREATE=safe TARGETS=label:a=b                             | SystemAuth     | operation-unconfined",
                "CONTAINERS=1 CREATE=safe TARGETS=label:a=b                | ContainerList  | section",
                "BUILD=1 POST=1                                            | ImageBuild     | section",
                "BUILD=1 POST=1 CREATE=safe                                | ImageBuild     | section",
                "BUILD=1 POST=1 CREATE=safe TARGETS=label:a=b               | ImageBuild     | section",
                "IMAGES=1 POST=1 CREATE=safe                               | ImageLoad      | create-whole",
            })
    void operationIsDecidedByVariablesTargetsAndRules(String settings, String id, String reason) throws Exception {
        Profile profile = profile(settings, LearnMode.off());

        assertThat(profile.decide(operation(id)).reason().code()).isEqualTo(reason);
        assertThat(profile.letsThrough(operation(id), operation(id).write().isAlways()))
                .isEqualTo(reason.equals("section"));
    }

    @Test
    void learnModeForwardsWhatAVariableWouldAllow() throws Exception {
        assertThat(profile("CONTAINERS=1", LEARNING).letsThrough(operation("ContainerStart"), true))
                .isTrue();
        assertThat(profile("CREATE=safe TARGETS=label:a=b", LEARNING).letsThrough(operation("SystemAuth"), true))
                .isFalse();
    }

    @Test
    void clientWithoutAProfileGetsNothing() throws Exception {
        Profile nobody = Profile.of(
                        new ProfileOrigin(ProfileOrigin.NONE, "policy.yaml", Map.of()),
                        Policy.of(CATALOGUE, ParameterRules.load(), Set.of("PING"), Compatibility.LINUXSERVER))
                .learning(LEARNING)
                .build();
        RequestTarget target = RequestTarget.parse("/_ping");

        for (String id : List.of("SystemPing", "ContainerCreate")) {
            Decision byHead = nobody.decide(operation(id), target, RequestHead.EMPTY);
            assertThat(byHead.reason()).isEqualTo(Reason.NO_PROFILE);
            assertThat(byHead.isWrite()).isEqualTo(id.equals("ContainerCreate"));
            assertThat(nobody.decide(operation(id)).reason()).isEqualTo(Reason.NO_PROFILE);
            assertThat(nobody.letsThrough(byHead)).isFalse();
        }
        assertThat(nobody.decide(null, target, RequestHead.EMPTY))
                .satisfies(decision -> assertThat(decision.reason()).isEqualTo(Reason.NO_PROFILE))
                .satisfies(decision -> assertThat(decision.isWrite()).isFalse());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1                               | ContainerList | false",
                "CONTAINERS=1 CREATE=safe TARGETS=label:a=b | ContainerList | true",
                "CONTAINERS=1 CREATE=safe TARGETS=label:a=b | SystemPing    | false",
                "CONTAINERS=1 CREATE=safe TARGETS=label:a=b | SystemAuth    | true",
            })
    void targetsConfineOperationsThatReachObjects(String settings, String id, boolean expected) throws Exception {
        assertThat(profile(settings, LearnMode.off()).confines(operation(id))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1                               | ContainerCreate     | false",
                "CONTAINERS=1                               | NetworkDisconnect   | false",
                "CONTAINERS=1 CREATE=safe                   | ContainerCreate     | true",
                "CONTAINERS=1 CREATE=safe                   | NetworkDisconnect   | false",
                "CONTAINERS=1 CREATE=safe TARGETS=label:a=b | NetworkDisconnect   | true",
                "CONTAINERS=1 MASK=env                      | ContainerCreate     | true",
                "CONTAINERS=1 MASK=env                      | ContainerWait       | false",
            })
    void bodyIsJudgedByRulesTargetsOrMask(String settings, String id, boolean expected) throws Exception {
        Profile profile = profile(settings, LearnMode.off());

        assertThat(profile.bodyJudge(operation(id)) != null).isEqualTo(expected);
        assertThat(profile.bodyJudge(operation(id), List.of("/srv"), Map.of()) != null)
                .isEqualTo(expected);
    }

    @Test
    void updaterNeedsTheRulesAndTheirPermission() throws Exception {
        assertThat(profile("CONTAINERS=1", LearnMode.off()).isUpdater()).isFalse();
        assertThat(profile("CREATE=safe", LearnMode.off()).isUpdater()).isFalse();
        assertThat(profile("CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES=nginx", LearnMode.off())
                        .isUpdater())
                .isTrue();
    }

    @Test
    void recordsBelongToAProfileAndItsRules() throws Exception {
        Profile safe = profile("CREATE=safe", LearnMode.off());
        Profile confined = profile("CREATE=safe TARGETS=label:a=b", LearnMode.off());

        assertThat(safe.recordingScope()).isEqualTo(List.of(safe.name(), Objects.requireNonNull(safe.create())));
        assertThat(confined.recordingScope())
                .isEqualTo(List.of(safe.name(), Objects.requireNonNull(confined.targets())));
    }
}
