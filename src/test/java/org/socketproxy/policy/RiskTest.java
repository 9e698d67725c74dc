package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.TestProfile;

/** Checks what the table of consequences says about profiles. */
class RiskTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PING                          | No.",
                "PING VERSION EVENTS           | No.",
                "CONTAINERS                    | No, but it can read secrets (ContainerInspect by CONTAINERS=1).",
                "ALLOW_RESTARTS                | No, but it can stop or delete what others use (ContainerStop by ALLOW_RESTARTS=1).",
                "CONTAINERS POST               | Yes: ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1.",
                "SERVICES POST                 | Yes: ServiceCreate by SERVICES=1 and POST=1.",
                "PLUGINS POST                  | Yes: PluginCreate and PluginEnable by PLUGINS=1 and POST=1.",
                "SWARM                         | Yes: SwarmInspect by SWARM=1.",
                "LIBPOD_CONTAINERS POST        | Yes: ContainerCreateLibpod and ContainerStartLibpod by LIBPOD_CONTAINERS=1 and POST=1.",
                "LIBPOD_PLAY POST              | Yes: PlayKubeLibpod by LIBPOD_PLAY=1 and POST=1.",
            })
    void sentenceNamesTheWorstOperation(String variables, String sentence) {
        Profile profile = TestProfile.granting(Set.of(variables.split(" ", -1)));

        assertThat(Risk.of(profile, CATALOGUE).answer()).isEqualTo(sentence);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1 POST=1 CREATE=safe | Not directly, but it can change what other containers run (ContainerAttach by CONTAINERS=1 and POST=1)",
                "CONTAINERS=1 POST=1 CREATE=safe CREATE_ALLOW=privileged | Yes: CREATE_ALLOW=privileged.",
                "CONTAINERS=1 POST=1 CREATE=safe CREATE_ALLOW=devices:/dev/dri | Yes: CREATE_ALLOW=devices:/dev/dri.",
                "CONTAINERS=1 POST=1 CREATE=safe CREATE_ALLOW=capabilities:NET_ADMIN | Not directly, but",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/srv/data | Not directly, but",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/srv/data/**:ro,/etc:ro | Not directly, but",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/run/dbus:ro | Yes: BINDS=/run/dbus:ro.",
                "ALLOW_START=1 CONTAINERS=1 POST=1 CREATE=safe TARGETS=label:a=b BINDS=/srv,/etc:ro | No, but it can read files of containers and images (those of the host by BINDS=/etc:ro).",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/srv/data/** | Not directly, but",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/etc/** | Yes: BINDS=/etc/**.",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/srv/data/** CREATE_ALLOW=binds-unprotected | Yes: BINDS=/srv/data/**.",
                "CONTAINERS=1 POST=1 CREATE=safe BINDS=/srv/data,/etc/cron.d | Yes: BINDS=/etc/cron.d.",
                "CONTAINERS=1 POST=1 CREATE=safe CREATE_ALLOW=capabilities:SYS_ADMIN | Yes: CREATE_ALLOW=capabilities:SYS_ADMIN.",
                "CONTAINERS=1 CREATE=safe CREATE_ALLOW=privileged | No, but it can read secrets",
                "SWARM=1 CREATE=safe | Yes: SwarmInspect by SWARM=1.",
                "SERVICES=1 POST=1 CREATE=safe | No, but it can read secrets (ServiceInspect by SERVICES=1)",
                "SERVICES=1 POST=1 CREATE=safe SECRETS=1 | No, but it can read secrets (ServiceCreate by SERVICES=1 and POST=1)",
                "SERVICES=1 POST=1 CREATE=safe CONFIGS=1 | No, but it can read secrets (ServiceCreate by SERVICES=1 and POST=1)",
                "SERVICES=1 POST=1 CREATE=safe CREATE_ALLOW=secrets | No, but it can read secrets (ServiceCreate by SERVICES=1 and POST=1)",
                "SERVICES=1 POST=1 CREATE=safe CREATE_ALLOW=secrets:a | No, but it can read secrets (ServiceInspect by SERVICES=1)",
                "CONTAINERS=1 POST=1 EXEC=1 ALLOW_LOGS=1 CREATE=safe TARGETS=label:owner=ci | No.",
                "CONTAINERS=1 POST=1 CREATE=safe TARGETS=label:owner=ci CREATE_ALLOW=privileged | Yes: CREATE_ALLOW=privileged.",
                "NETWORKS=1 POST=1 CREATE=safe TARGETS=label:owner=ci | No, but it can change networks",
            })
    void rulesAndTargetsPreventGains(String environment, String sentence) throws Exception {
        Map<String, String> variables = Arrays.stream(environment.split(" ", -1))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(line -> line[0], line -> line[1]));
        Profile profile = Settings.read(variables, Variables.load())
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());

        assertThat(Risk.of(profile, CATALOGUE).answer()).startsWith(sentence);
    }

    static List<Variable> variablesOfRoot() {
        return Variables.load().all().stream()
                .filter(variable ->
                        variable.danger() != null && variable.danger().contains("root on the host"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("variablesOfRoot")
    void everyVariableWhoseDangerIsRootGivesRoot(Variable variable) {
        Profile profile = TestProfile.granting(Set.of(variable.name(), "POST"));

        assertThat(Risk.of(profile, CATALOGUE).isRoot()).isTrue();
    }

    @Test
    void everyOperationOfTheTableExistsAndCanBeAllowed() {
        Profile everything = TestProfile.granting(
                Variables.load().all().stream().map(Variable::name).collect(Collectors.toSet()));

        assertThat(Consequence.load())
                .hasSizeGreaterThan(60)
                .allSatisfy(consequence -> assertThat(consequence.operations())
                        .isNotEmpty()
                        .allSatisfy(id -> assertThat(everything
                                        .decide(CATALOGUE.byId(id).orElseThrow())
                                        .isAllowed())
                                .isTrue()));
    }

    @Test
    void rowsAreInTheOrderOfTheirGain() {
        List<Gain> gains = Consequence.load().stream().map(Consequence::gain).toList();

        assertThat(gains).isSorted().contains(Gain.values());
    }
}
