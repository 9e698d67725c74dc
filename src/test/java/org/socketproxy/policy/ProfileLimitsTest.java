package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;

class ProfileLimitsTest {
    private static final ProfileLimits LIMITS =
            new ProfileLimits(Map.of(ProfileLimit.STREAM, 20, ProfileLimit.EXEC, 2));

    @ParameterizedTest
    @CsvSource({
        "ExecStart, EXCHANGES EXEC",
        "ExecStartLibpod, EXCHANGES EXEC",
        "ContainerLogs, EXCHANGES STREAM",
        "ContainerAttach, EXCHANGES STREAM",
        "SystemEvents, EXCHANGES STREAM",
        "ContainerList, EXCHANGES",
        "ContainerExec, EXCHANGES",
    })
    void operationCountsForLimits(String id, String limits) {
        Set<ProfileLimit> counted =
                ProfileLimit.of(OperationCatalogue.load().byId(id).orElseThrow());

        assertThat(new TreeSet<>(counted)).hasToString("[" + limits.replace(" ", ", ") + "]");
    }

    @ParameterizedTest
    @CsvSource({"EXEC, 0, true", "EXEC, 1, true", "EXEC, 2, false", "EXEC, 3, false", "CONNECTIONS, 1000000, true"})
    void oneMoreIsAllowedBelowTheLimit(ProfileLimit limit, int open, boolean expected) {
        assertThat(LIMITS.isBelow(limit, open)).isEqualTo(expected);
    }

    @Test
    void reachedLimitHasASentence() {
        ProfileOrigin origin = new ProfileOrigin("ci", "policy.yaml", Map.of("", 2, "max", 5));

        assertThat(LIMITS.sentence(ProfileLimit.EXEC, origin))
                .isEqualTo("the limit of exec sessions of this profile (2) is reached; close some, or set max.exec"
                        + " higher (profile ci: policy.yaml line 5)");
        assertThat(ProfileLimit.EXEC.reason().code()).isEqualTo("profile-max-exec");
        assertThat(LIMITS.assignments()).containsExactly("exec=2", "stream=20");
    }

    @Test
    void rateHasASentence() {
        ProfileOrigin origin = new ProfileOrigin("ci", "policy.yaml", Map.of("", 2, "max", 5));
        ProfileLimits limits =
                new ProfileLimits(Map.of(ProfileLimit.EXEC, 2), new RequestRate(50, RequestRate.Period.S, 100));

        assertThat(limits.sentence(1, origin))
                .isEqualTo("the limit of requests of this profile (50/s, burst 100) is reached; wait 1 s, or set"
                        + " max.requests or max.burst higher (profile ci: policy.yaml line 5)");
        assertThat(ProfileLimit.REQUESTS.reason().code()).isEqualTo("profile-max-requests");
        assertThat(limits.assignments()).containsExactly("exec=2", "requests=50/s", "burst=100");
    }
}
