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

/** Which profile a client of another profile can get, by what its own profile allows on the daemon. */
class ProfileRisksTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @TempDir
    Path folder;

    private ConfiguredProfiles profiles(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), text);
        PolicySettings policy = Settings.read(
                        Map.of("POLICY", file.toString(), "LISTEN", "tcp://:2375?name=edge"), Variables.load())
                .policy();
        return ConfiguredProfiles.of(policy, CATALOGUE, ParameterRules.load(), each -> LearnMode.off());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // the profile of the client                      | the condition of the other          | how
                "variables: {CONTAINERS: 1}                       | {network: 10.0.2.0/24}              | -",
                "variables: {CONTAINERS: 1, POST: 1}              | {network: 10.0.2.0/24}              | create containers (ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1)",
                "variables: {CONTAINERS: 1, POST: 1}              | {certificate: {cn: admin}}          | create containers (ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1)",
                "variables: {CONTAINERS: 1, POST: 1}              | {uid: 0}                            | create containers (ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1)",
                "variables: {CONTAINERS: 1, POST: 1}, create: safe| {network: 10.0.2.0/24}              | -",
                "'variables: {CONTAINERS: 1, POST: 1}, create: safe, targets: {label: a=b}' | {host: admin} | -",
                "allow: [ContainerExec, ExecStart]                | {certificate: {cn: admin}}          | enter containers (ContainerExec and ExecStart by allow)",
                "allow: [ContainerExec, ExecStart]                | {listener: edge}                    | enter containers (ContainerExec and ExecStart by allow)",
                "allow: [ContainerExec]                           | {listener: edge}                    | -",
                "allow: [ContainerArchive]                        | {certificate: {cn: admin}}          | read files of containers (ContainerArchive by allow)",
                "allow: [ContainerArchive]                        | {network: 10.0.2.0/24}              | -",
                "allow: [NetworkConnect]                          | {network: 10.0.2.0/24}              | connect containers to networks (NetworkConnect by allow)",
                "allow: [NetworkConnect]                          | {local: 10.0.2.2}                   | connect containers to networks (NetworkConnect by allow)",
                "allow: [NetworkConnect]                          | {uid: 0}                            | -",
                "variables: {ALLOW_STOP: 1}                       | {address: 10.0.2.5}                 | stop containers (ContainerStop by ALLOW_STOP=1)",
                "variables: {ALLOW_STOP: 1}                       | {host: admin}                       | stop containers (ContainerStop by ALLOW_STOP=1)",
                "variables: {ALLOW_STOP: 1}                       | {network: 10.0.2.0/24}              | -",
                "variables: {ALLOW_STOP: 1}                       | '{address: 10.0.2.5, certificate: {cn: admin}}' | -",
                "'allow: [ContainerStop, ContainerArchive]'       | '{address: 10.0.2.5, certificate: {cn: admin}}' | read files of containers (ContainerArchive by allow) and stop containers (ContainerStop by allow)",
            })
    void clientGetsAnotherProfile(String own, String condition, String how) throws Exception {
        ConfiguredProfiles profiles = profiles("profiles:\n  ci: {clients: [{network: 10.0.1.0/24}], " + own
                + "}\n  admin: {clients: [" + condition + "], variables: {IMAGES: 1}}\n");

        List<ProfileRisks.Reached> reached = new ProfileRisks(profiles, CATALOGUE)
                .reachedBy(profiles.all().get(0), any -> true)
                .toList();
        assertThat(reached)
                .extracting(ProfileRisks.Reached::how)
                .isEqualTo(how == null ? List.of() : List.of("it may " + how));
        assertThat(reached)
                .extracting(ProfileRisks.Reached::profile)
                .isEqualTo(how == null ? List.of() : List.of("admin"));
    }

    @Test
    void profileThatCanBecomeOneWithRootHasRoot() throws Exception {
        ConfiguredProfiles profiles = profiles("""
                profiles:
                  stopper: {clients: [{uid: 3}], variables: {ALLOW_STOP: 1}}
                  joiner: {clients: [{address: 10.0.1.5}], allow: [NetworkConnect]}
                  reader: {clients: [{uid: 4}], variables: {CONTAINERS: 1}}
                  admin: {clients: [{network: 10.0.2.0/24}], variables: {CONTAINERS: 1, POST: 1}}
                """);
        ProfileRisks risks = new ProfileRisks(profiles, CATALOGUE);

        assertThat(profiles.all())
                .extracting(each -> risks.risk(each).answer())
                .satisfiesExactly(
                        stopper -> assertThat(stopper)
                                .isEqualTo(
                                        "Yes: it can become joiner (network 10.0.1.5), because it may stop containers"
                                                + " (ContainerStop by ALLOW_STOP=1)."),
                        joiner -> assertThat(joiner)
                                .isEqualTo(
                                        "Yes: it can become admin (network 10.0.2.0/24), because it may connect containers to"
                                                + " networks (NetworkConnect by allow)."),
                        reader -> assertThat(reader).startsWith("No, but"),
                        admin -> assertThat(admin).startsWith("Yes: ContainerCreate and ContainerStart by"),
                        none -> assertThat(none).isEqualTo("No."));
    }

    @Test
    void trustedProfileWithCreateSafeIsNamedToo() throws Exception {
        ConfiguredProfiles profiles = profiles("""
                profiles:
                  ci: {clients: [{uid: 3}], variables: {CONTAINERS: 1, POST: 1}, create: safe}
                  admin: {clients: [{network: 172.30.2.0/24}], variables: {IMAGES: 1}, trusts: [ci]}
                  other: {clients: [{network: 172.30.3.0/24}], variables: {IMAGES: 1}}
                """);

        assertThat(new ProfileNotes(profiles, CATALOGUE).sentences())
                .filteredOn(note -> note.contains("can become"))
                .containsExactly("profile ci can become admin (network 172.30.2.0/24): it may create containers"
                        + " (ContainerCreate and ContainerStart by CONTAINERS=1 and POST=1), and trusts allows it");
    }

    @Test
    void notesNameThePairsThatGiveMore() throws Exception {
        ConfiguredProfiles profiles = profiles("""
                profiles:
                  ci: {clients: [{uid: 3}], variables: {CONTAINERS: 1}, allow: [ContainerExec, ExecStart]}
                  narrow: {clients: [{uid: 5}], variables: {CONTAINERS: 1}}
                  admin: {clients: [{network: 172.30.2.0/24}], variables: {IMAGES: 1}}
                  puller: {clients: [{uid: 6}], variables: {IMAGES: 1}}
                """);

        assertThat(new ProfileNotes(profiles, CATALOGUE).sentences())
                .contains("profile ci can become admin (network 172.30.2.0/24), puller (uid 6): it may enter containers"
                        + " (ContainerExec and ExecStart by allow). create: safe in this profile prevents it");
    }
}
