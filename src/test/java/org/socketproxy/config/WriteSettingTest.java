package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;

/** Values of {@code WRITE_TARGETS} and {@code PROTECT}, and selectors of single operations. */
class WriteSettingTest {
    private static final Variables VARIABLES = Variables.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @TempDir
    Path folder;

    private static String read(String settings) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings.split(" ")) {
            int equals = setting.indexOf('=');
            environment.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        try {
            return Settings.read(environment, VARIABLES)
                    .policy()
                    .otherwise()
                    .writes()
                    .toString();
        } catch (InvalidSettingsException invalid) {
            return invalid.getMessage();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "WRITE_TARGETS=label:a                             | use a label with its exact value",
                "WRITE_TARGETS=owner=ci                            | use label:KEY=VALUE, project:NAME",
                "PROTECT=critical                                  | use label:KEY=VALUE, project:NAME",
                "PROTECT=images:name:x                             | images have references",
                "WRITE_TARGETS=label:a=b EXEC=1 CONTAINERS=1 POST=1 | is allowed, by which a client could get the rights of the host: set CREATE=safe too",
                "WRITE_TARGETS=label:a=b NETWORKS=1 POST=1         | set CREATE=safe too",
                "WRITE_TARGETS=label:a=b BUILD=1 POST=1            | set CREATE=safe too",
                "WRITE_TARGETS=label:a=b VOLUMES=1 POST=1          | set CREATE=safe too",
            })
    void invalidValueIsAProblem(String settings, String advice) {
        assertThat(read(settings)).contains(advice);
    }

    @ParameterizedTest
    @CsvSource({
        "WRITE_TARGETS=label:a=b CONTAINERS=1 ALLOW_RESTARTS=1",
        "WRITE_TARGETS=label:a=b CONTAINERS=1 ALLOW_START=1 ALLOW_STOP=1 ALLOW_LOGS=1 ALLOW_ARCHIVE=1",
        "WRITE_TARGETS=label:a=b CONTAINERS=1 POST=1 EXEC=1 CREATE=safe",
        "WRITE_TARGETS=containers:name:web*;images:reference:** PRESET=autoheal",
        "PROTECT=label:critical=true CONTAINERS=1 POST=1",
    })
    void createIsNeededOnlyToCreateConnectOrEnter(String settings) {
        assertThat(read(settings.replace(';', ','))).startsWith("WriteRules");
    }

    @Test
    void eachElementOfProtectSelectsByItself() throws Exception {
        assertThat(Settings.read(Map.of("PROTECT", "label:a=b,label:a=c"), VARIABLES)
                        .policy()
                        .otherwise()
                        .writes()
                        .guarded())
                .hasSize(2);
    }

    private PolicySettings file(String profile) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), "profiles:\n  ci:\n" + profile.indent(4));
        return Settings.read(Map.of("POLICY", file.toString(), "PROTECT", "label:critical=true"), VARIABLES)
                .policy();
    }

    @Test
    void profileHasItsRulesAndThoseOfTheProxy() throws Exception {
        ProfileSettings ci = file("""
                        variables: {CONTAINERS: 1}
                        write-targets: {label: a=b, images: {reference: ["x", "y/**"]}}
                        allow: [ContainerStop, {operation: ContainerRestart, label: restart=allowed}]
                        """).profiles().get(0);

        assertThat(ci.writes().targets().texts())
                .containsExactly("label:a=b", "images:reference:x", "images:reference:y/**");
        assertThat(ci.grants().exceptions().allowed()).containsOnlyKeys("ContainerStop", "ContainerRestart");
        assertThat(ci.writes().operations()).containsOnlyKeys("ContainerRestart");
        assertThat(ci.writes().guarded()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{operation: ContainerLogs, label: a=b}] | [{operation: ContainerLogs, label: a=c}] | ContainerLogs | false",
                "[{operation: ContainerLogs, label: a=b}] | [{operation: ContainerLogs, label: a=b}] | ContainerLogs | true",
                "[{operation: ContainerLogs, label: a=b}] | [ContainerLogs] | ContainerLogs | false",
                "[{operation: ContainerLogs, label: a=b}] | [ContainerLogs] | ContainerStats | true",
            })
    void streamEndsIfTheObjectsOfItsOperationChange(String before, String after, String operation, boolean goesOn)
            throws Exception {
        Operation streamed = CATALOGUE.byId(operation).orElseThrow();
        Profile was = profile("variables: {CONTAINERS: 1}\nallow: " + before + "\n");
        Profile is = profile("variables: {CONTAINERS: 1}\nallow: " + after + "\n");

        assertThat(is.letsContinue(streamed, false, was)).isEqualTo(goesOn);
    }

    @Test
    void writesEndIfTheWriteTargetsChange() throws Exception {
        String common = "variables: {CONTAINERS: 1, EXEC: 1, POST: 1, ALLOW_LOGS: 1}\ncreate: safe\n";
        Profile was = profile(common + "write-targets: {label: a=b}\n");
        Profile is = profile(common + "write-targets: {label: a=c}\n");

        assertThat(is.letsContinue(CATALOGUE.byId("ExecStart").orElseThrow(), true, was))
                .isFalse();
        assertThat(is.letsContinue(CATALOGUE.byId("ContainerLogs").orElseThrow(), false, was))
                .isTrue();
        assertThat(was.letsContinue(CATALOGUE.byId("ExecStart").orElseThrow(), true, was))
                .isTrue();
    }

    private Profile profile(String text) throws Exception {
        return file(text)
                .profiles()
                .get(0)
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
    }
}
