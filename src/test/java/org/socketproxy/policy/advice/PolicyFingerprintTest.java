package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;

class PolicyFingerprintTest {
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 172.20.0.0/24}]
                variables: {CONTAINERS: 1, POST: 1}
                allow: [ImageList]
                create: {rules: safe, binds: [/srv/data]}
                targets: {label: owner=ci}
                mask: [env]
                learn: until 2026-11-26T03:00:00Z
                max: {exec: 10}
              people:
                clients: [{network: 172.21.0.0/24}]
            otherwise: deny
            """;

    @TempDir
    Path folder;

    private String ofFile(String policy) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), policy);
        return of(Map.of("POLICY", file.toString()));
    }

    private static String of(Map<String, String> environment) throws Exception {
        Variables variables = Variables.load();
        return ProfileChange.fingerprint(Settings.read(environment, variables).policy(), variables);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "172.20.0.0/24            | 172.20.0.0/25",
                "CONTAINERS: 1            | CONTAINERS: 0",
                "[ImageList]              | [ImageList, ImageInspect]",
                "binds: [/srv/data]       | binds: ['/srv/data:ro']",
                "owner=ci                 | owner=all",
                "mask: [env]              | mask: [env, args]",
                "2026-11-26T03:00:00Z     | 2026-11-26T04:00:00Z",
                "exec: 10                 | exec: 11",
                "otherwise: deny          | otherwise: people",
                "people:                  | others:",
            })
    void eachChangeOfThePolicyChangesTheFingerprint(String before, String after) throws Exception {
        assertThat(ofFile(POLICY.replace(before, after))).isNotEqualTo(ofFile(POLICY));
    }

    @Test
    void orderOfTheProfilesChangesTheFingerprint() throws Exception {
        String first = "profiles: {a: {clients: [{uid: 1}]}, b: {clients: [{uid: 2}]}}\n";
        String second = "profiles: {b: {clients: [{uid: 2}]}, a: {clients: [{uid: 1}]}}\n";

        assertThat(ofFile(first)).isNotEqualTo(ofFile(second));
    }

    @ParameterizedTest
    @ValueSource(strings = {"# comment\n", "\n\n"})
    void commentsAndBlankLinesDoNotChangeIt(String prefix) throws Exception {
        assertThat(ofFile(prefix + POLICY)).isEqualTo(ofFile(POLICY)).matches("[0-9a-f]{12}");
    }

    @Test
    void environmentsWithTheSameMeaningHaveTheSameFingerprint() throws Exception {
        assertThat(of(Map.of("CONTAINERS", "1", "LOG_LEVEL", "err")))
                .isEqualTo(of(Map.of("CONTAINERS", "true", "IMAGES", "0")))
                .isNotEqualTo(of(Map.of("IMAGES", "1")));
    }
}
