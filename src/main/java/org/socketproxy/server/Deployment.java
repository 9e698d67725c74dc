package org.socketproxy.server;

import java.util.Map;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.AssignmentForm;

/** Finds out where the administrator configures the permissions, so that advice names that place. */
final class Deployment {
    /** Kubernetes sets it in each container. */
    private static final String OF_KUBERNETES = "KUBERNETES_SERVICE_HOST";

    private Deployment() {}

    static AssignmentForm form(Settings settings) {
        return form(
                settings.policy().isOfFile(),
                settings.findings().envFile(),
                ContainerNetwork.isInImage(),
                System.getenv());
    }

    /** @param isInImage whether the program runs in its image; then the environment comes from Compose or Kubernetes */
    static AssignmentForm form(
            boolean isOfPolicyFile, String envFile, boolean isInImage, Map<String, String> environment) {
        if (isOfPolicyFile) {
            return AssignmentForm.POLICY_FILE;
        }
        if (!envFile.isEmpty()) {
            return AssignmentForm.ENV_FILE;
        }
        if (!isInImage) {
            return AssignmentForm.ENVIRONMENT;
        }
        return environment.containsKey(OF_KUBERNETES) ? AssignmentForm.KUBERNETES : AssignmentForm.COMPOSE;
    }
}
