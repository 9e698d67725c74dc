package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.Requirements.Requirement;

/** Lines of the start report about what the rules allow beyond the default. */
class CreateSummaryTest {
    @Test
    void eachElementOfASettingHasALine() {
        CreateRules rules = new CreateRules(
                new CreateAllowances(
                        Map.of(CreatePermission.PORTS, Set.of("80", "443"), CreatePermission.JOIN_CONTAINER, Set.of())),
                new BindRules(
                        List.of(new AllowedBind("/srv", false, true), new AllowedBind("/data", true, false)),
                        List.of()),
                new ImageRules(List.of("nginx:1.*")),
                Set.of(Requirement.MEMORY),
                1 << 20);

        assertThat(CreateSummary.of(rules))
                .extracting(CreateSummary.Line::assignment)
                .containsExactlyInAnyOrder(
                        "CREATE=safe",
                        "BINDS=/srv:ro",
                        "BINDS=/data/**",
                        "CREATE_ALLOW=ports:443,80",
                        "CREATE_ALLOW=join-container",
                        "CREATE_REQUIRE=memory",
                        "CREATE_IMAGES=nginx:1.*");
        assertThat(CreateSummary.of(rules))
                .contains(
                        new CreateSummary.Line("BINDS=/srv:ro", "containers read this path of the host"),
                        new CreateSummary.Line("BINDS=/data/**", "containers write this path of the host"));
        assertThat(CreateSummary.of(null)).isEmpty();
    }
}
