package org.socketproxy.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/**
 * Tests that the proxy is never looser than the other proxies with the same variables, and stricter only for the
 * reasons in {@code docs/evidence/compatibility.md}.
 */
class VerdictTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ParameterRules RULES = ParameterRules.load();
    private static final Variables VARIABLES = Variables.load();
    /** Operations that this proxy counts as writes, or that need an additional variable. */
    private static final Set<String> STRICTER_BY_DESIGN = Set.of(
            "ContainerExec",
            "ContainerExecLibpod",
            "ContainerAttachWebsocket",
            "ContainerCopy",
            "ContainerHealthcheckLibpod",
            "SecretInspectLibpod");

    @Test
    void neverLooserThanLinuxServer() throws Exception {
        Map<String, Integer> stricter = replay("linuxserver", Map.of());

        assertThat(stricter)
                .isEqualTo(Map.of(
                        "never", 60,
                        "parameter-unknown", 1269, // the parameter x of invented requests
                        "stricter-by-design", 290,
                        "target-slash", 77,
                        "unlisted", 8329));
    }

    @Test
    void neverLooserThanTecnativa() throws Exception {
        Map<String, Integer> stricter = replay("tecnativa", Map.of("COMPAT", "tecnativa"));

        assertThat(stricter).isEqualTo(Map.of("stricter-by-design", 144, "target-slash", 47, "unlisted", 5302));
    }

    /** Counts, by reason, the answers that are stricter than recorded; fails on the first that is looser. */
    private static Map<String, Integer> replay(String proxy, Map<String, String> further) throws Exception {
        RecordedVerdicts recorded = RecordedVerdicts.load(proxy);
        Map<String, Integer> stricter = new TreeMap<>();
        int replayed = 0;
        for (Map.Entry<String, Map<String, String>> environment :
                recorded.environments().entrySet()) {
            Profile profile = profile(environment.getValue(), further);
            String verdicts = recorded.verdicts().get(environment.getKey());
            assertThat(verdicts).hasSize(recorded.requests().size());
            for (int i = 0; i < verdicts.length(); i++) {
                RecordedVerdicts.Request request = recorded.requests().get(i);
                String reason = reasonToDeny(profile, request);
                replayed++;
                boolean wasAllowed = verdicts.charAt(i) == 'A';
                assertThat(!wasAllowed && reason.isEmpty())
                        .as("%s: %s is looser than %s", environment.getKey(), request, proxy)
                        .isFalse();
                if (wasAllowed && !reason.isEmpty()) {
                    stricter.merge(reason, 1, Integer::sum);
                }
            }
        }
        System.out.println(replayed + " answers of " + proxy + " replayed: 0 looser, stricter: " + stricter);
        assertThat(replayed)
                .isEqualTo(recorded.requests().size() * recorded.environments().size());
        return stricter;
    }

    private static Profile profile(Map<String, String> environment, Map<String, String> further)
            throws InvalidSettingsException {
        Map<String, String> complete = new HashMap<>(further);
        for (Variable variable : VARIABLES.all()) {
            // A variable that the other proxy does not have was not set there, so its default applies.
            complete.put(variable.name(), environment.getOrDefault(variable.name(), "0"));
        }
        if (!further.isEmpty()) {
            List.of("ALLOW_ARCHIVE", "ALLOW_CHANGES", "ALLOW_EXPORT", "ALLOW_LOGS", "ALLOW_TOP")
                    .forEach(complete::remove);
        }
        Settings settings = Settings.read(complete, VARIABLES);
        return settings.policy().otherwise().profile(CATALOGUE, RULES, LearnMode.off(), List.of());
    }

    /** Returns the reason of a denial, empty if the request is allowed. */
    private static String reasonToDeny(Profile profile, RecordedVerdicts.Request request) {
        try {
            RequestTarget target = RequestTarget.parse(request.target());
            Operation operation = CATALOGUE.find(request.method(), target).orElse(null);
            Decision decision = profile.policy().decide(operation, target, RequestHead.EMPTY);
            if (decision.isAllowed()) {
                return "";
            }
            boolean isByDesign = decision.reason() == Reason.VARIABLE_MISSING
                    && operation != null
                    && STRICTER_BY_DESIGN.contains(operation.id());
            return isByDesign ? "stricter-by-design" : decision.reason().code();
        } catch (BadTargetException refused) {
            return refused.fault().code();
        }
    }
}
