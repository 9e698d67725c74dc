package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;

/** Dangers that a change of the policy adds, as the audit record of a reload has them. */
class AddedDangersTest {
    private static final Variables VARIABLES = Variables.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String ROOT = "its clients can become root on the host: ";
    private static final String PRIVILEGED =
            "with POST a client can start a privileged container, which is root on the host";

    @TempDir
    Path folder;

    private PolicySettings policy(String profiles) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), "profiles:\n" + profiles);
        return Settings.read(Map.of("POLICY", file.toString()), VARIABLES).policy();
    }

    private static ConfiguredProfiles profiles(PolicySettings policy) {
        return ConfiguredProfiles.of(policy, CATALOGUE, ParameterRules.load(), any -> LearnMode.off());
    }

    private List<String> added(String before, String after) throws Exception {
        PolicySettings was = policy(before);
        PolicySettings is = policy(after);
        AddedDangers dangers = new AddedDangers(profiles(was), profiles(is), VARIABLES, CATALOGUE);
        return ProfileChange.between(was, is, VARIABLES).stream()
                .flatMap(change -> dangers.of(change).stream())
                .toList();
    }

    private static String ci(String rules) {
        return "  ci: {clients: [{uid: 1}]" + (rules.isEmpty() ? "" : ", " + rules) + "}\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "variables: {CONTAINERS: 1} | variables: {CONTAINERS: 1, POST: 1} | ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1",
                "'' | 'allow: [ContainerCreate, ContainerStart]' | ContainerCreate and ContainerStart by allow",
                "'create: safe, variables: {CONTAINERS: 1, POST: 1}' | 'variables: {CONTAINERS: 1, POST: 1}' |"
                        + " ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1",
            })
    void rootIsFirst(String before, String after, String reason) throws Exception {
        assertThat(added(ci(before), ci(after))).first().isEqualTo(ROOT + reason);
    }

    @Test
    void rulesOfTheProfilePreventDangersOfItsVariables() throws Exception {
        String reads = ci("variables: {CONTAINERS: 1}");

        assertThat(added(reads, ci("variables: {CONTAINERS: 1, POST: 1}"))).contains("CONTAINERS " + PRIVILEGED);
        assertThat(added(reads, ci("variables: {CONTAINERS: 1, POST: 1}, create: safe")))
                .isNotEmpty()
                .noneMatch(danger -> danger.contains(PRIVILEGED) || danger.startsWith(ROOT));
        assertThat(added(ci(""), reads)).anyMatch(danger -> danger.contains("environment"));
        assertThat(added(ci(""), ci("variables: {CONTAINERS: 1}, mask: [env, args]")))
                .noneMatch(danger -> danger.contains("environment"));
    }

    @Test
    void endOfAMaskAddsTheDangersThatItPrevented() throws Exception {
        assertThat(added(
                        ci("variables: {CONTAINERS: 1}, mask: [env, args]"),
                        ci("variables: {CONTAINERS: 1}, mask: [args]")))
                .anyMatch(danger -> danger.startsWith("CONTAINERS ") && danger.contains("environment"))
                .anyMatch(danger -> danger.startsWith("MASK=env is off"));
    }

    @Test
    void dangersOfBeforeAreNotRepeated() throws Exception {
        String root = ci("variables: {CONTAINERS: 1, POST: 1}");

        assertThat(added(root, ci("variables: {CONTAINERS: 1, POST: 1, VERSION: 0}")))
                .isEmpty();
        assertThat(added(root, ci("variables: {CONTAINERS: 1}"))).isEmpty();
        assertThat(added(root + other(), other())).isEmpty();
    }

    @Test
    void newProfileHasAllItsDangers() throws Exception {
        assertThat(added(other(), ci("variables: {CONTAINERS: 1, POST: 1}") + other()))
                .startsWith(ROOT + "ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1")
                .contains("EVENTS shows names and labels as they happen; shows exec command lines");
    }

    /** A client that may connect itself to the network of the other one takes its address. */
    @Test
    void rootByATakeoverOfAnotherProfileIsADanger() throws Exception {
        String admin = "  admin: {clients: [{network: 10.1.0.5}], variables: {CONTAINERS: 1, POST: 1}}\n";

        assertThat(added(admin + ci(""), admin + ci("create: safe, variables: {NETWORKS: 1, POST: 1}")))
                .noneMatch(danger -> danger.startsWith(ROOT));
        assertThat(added(admin + ci(""), admin + ci("variables: {NETWORKS: 1, POST: 1}")))
                .anyMatch(danger -> danger.startsWith(ROOT + "it can become admin (network 10.1.0.5)"));
    }

    private static String other() {
        return "  other: {clients: [{uid: 2}], preset: traefik}\n";
    }
}
