package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.AssignmentForm;

/** The place where the permissions are configured. */
class DeploymentTest {
    @ParameterizedTest
    @CsvSource({
        "true,  /x.env, true,  KUBERNETES_SERVICE_HOST, POLICY_FILE",
        "false, /x.env, true,  KUBERNETES_SERVICE_HOST, ENV_FILE",
        "false, '',     true,  KUBERNETES_SERVICE_HOST, KUBERNETES",
        "false, '',     true,  HOME,                    COMPOSE",
        "false, '',     false, HOME,                    ENVIRONMENT", // never advice for Compose outside a container
        "false, '',     false, KUBERNETES_SERVICE_HOST, ENVIRONMENT",
    })
    void adviceFitsThePlace(
            boolean isOfPolicyFile, String envFile, boolean isInImage, String set, AssignmentForm form) {
        assertThat(Deployment.form(isOfPolicyFile, envFile, isInImage, Map.of(set, "x")))
                .isEqualTo(form);
    }
}
