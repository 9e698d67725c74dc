package org.socketproxy.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
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

    /** Counts, by reason, the answers that are stricter than recorded; fails if one is looser. */
    private static Map<String, Integer> replay(String proxy, Map<String, String> further) throws Exception {
        RecordedVerdicts recorded = RecordedVerdicts.load(proxy);
        List<Asked> asked = recorded.requests().stream().map(Asked::of).toList();
        Map<String, Integer> stricter = new TreeMap<>();
        List<String> looser = new ArrayList<>();
        int replayed = 0;
        for (Map.Entry<String, Map<String, String>> environment :
                recorded.environments().entrySet()) {
            Profile profile = profile(environment.getValue(), further);
            String verdicts = recorded.verdicts().get(environment.getKey());
            assertThat(verdicts).hasSize(asked.size());
            for (int i = 0; i < verdicts.length(); i++) {
                String reason = asked.get(i).reasonToDeny(profile);
                replayed++;
                boolean wasAllowed = verdicts.charAt(i) == 'A';
                if (!wasAllowed && reason.isEmpty()) {
                    looser.add(environment.getKey() + ": " + asked.get(i).request);
                }
                if (wasAllowed && !reason.isEmpty()) {
                    stricter.merge(reason, 1, Integer::sum);
                }
            }
        }
        assertThat(looser).as("looser than " + proxy).isEmpty();
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
        return settings.policy()
                .otherwise()
                .profile(CATALOGUE, RULES, LearnMode.off(), List.of(), InstantSource.system());
    }

    /** A request as the proxy reads it: its operation, if it has one, or the code of the fault of its target. */
    private record Asked(
            RecordedVerdicts.Request request,
            @Nullable Operation operation,
            @Nullable RequestTarget target,
            String fault) {
        static Asked of(RecordedVerdicts.Request request) {
            try {
                RequestTarget target = RequestTarget.parse(request.target());
                return new Asked(
                        request, CATALOGUE.find(request.method(), target).orElse(null), target, "");
            } catch (BadTargetException refused) {
                return new Asked(request, null, null, refused.fault().code());
            }
        }

        /** Returns the reason of a denial, empty if the request is allowed. */
        String reasonToDeny(Profile profile) {
            if (target == null) {
                return fault;
            }
            Decision decision = profile.policy().decide(operation, target, RequestHead.EMPTY);
            if (decision.isAllowed()) {
                return "";
            }
            boolean isByDesign = decision.reason() == Reason.VARIABLE_MISSING
                    && operation != null
                    && STRICTER_BY_DESIGN.contains(operation.id());
            return isByDesign ? "stricter-by-design" : decision.reason().code();
        }
    }
}
