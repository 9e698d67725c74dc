package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.Variables;

/** The start report lists the rules of {@code CREATE=safe} with their dangers. */
class StartReportCreateTest {
    private static String report(Map<String, String> environment) throws Exception {
        Settings settings = Settings.read(environment, Variables.load());
        OperationCatalogue catalogue = OperationCatalogue.load();
        Profile profile = settings.policy()
                .otherwise()
                .profile(catalogue, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
        ProxySetup setup = new ProxySetup(
                "1",
                Instant.EPOCH,
                "unix:///x",
                List.of(),
                List.of(),
                Variables.load().all(),
                List.of(),
                profile,
                Risk.of(profile, catalogue),
                Set.of(),
                AssignmentForm.COMPOSE,
                "",
                List.of(),
                "",
                "off",
                null);
        return StartReport.of(setup, "");
    }

    @Test
    void eachElementHasALine() throws Exception {
        assertThat(report(Map.of("CREATE", "safe", "CREATE_ALLOW", "privileged", "CREATE_REQUIRE", "memory")))
                .contains("""
                          create       CREATE=safe
                          create       CREATE_ALLOW=privileged
                                         DANGER: it is root on the host
                          create       CREATE_REQUIRE=memory
                        """.indent(0));
    }

    @Test
    void conditionsOnChangedObjectsHaveALine() throws Exception {
        assertThat(report(Map.of("WRITE_TARGETS", "label:a=b", "PROTECT", "label:c=d,name:e")))
                .contains("""
                          write        WRITE_TARGETS=label:a=b
                          write        PROTECT=label:c=d,name:e
                        """.indent(0));
    }

    @Test
    void eachCommandHasALine() throws Exception {
        assertThat(report(Map.of("EXEC_ALLOW", "id; ls **", "EXEC_OPTIONS", "privileged")))
                .contains("""
                          exec         EXEC_ALLOW=id
                          exec         EXEC_ALLOW=ls **
                                         DANGER: with an interpreter, or a program that runs its arguments, a client runs any command
                          exec         EXEC_OPTIONS=privileged
                                         DANGER: it is root on the host
                        """.indent(0));
    }

    @Test
    void withoutCreateThereIsNoLine() throws Exception {
        assertThat(report(Map.of("CONTAINERS", "1"))).doesNotContain("  create ");
    }
}
