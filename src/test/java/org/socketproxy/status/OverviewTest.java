package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.testing.Records;
import org.socketproxy.usage.Denial;

/** The view model of the page of all profiles. */
class OverviewTest {
    @Test
    void overviewHasTheNewestDenialsAndCountsTheOthers() {
        Denial[] denials = IntStream.range(0, 50)
                .mapToObj(number -> Records.denial(
                        RenderedPage.START.minusSeconds(number),
                        7,
                        "10.0.0.1",
                        "GET",
                        "/x",
                        null,
                        false,
                        "code-" + number,
                        List.of()))
                .toArray(Denial[]::new);
        StatusFacts facts = facts("ci", RenderedPage.profile("PING"), denials);
        StatusPage page = StatusPage.overview(List.of(facts), PageQuery.NONE);

        assertThat(page.denials()).map(DenialSection::newest).hasSize(40).startsWith(RenderedPage.START);
        assertThat(page.moreDenials()).isEqualTo(10);
        assertThat(StatusPage.of(facts, PageQuery.NONE).denials()).hasSize(50);
    }

    /** Two profiles with equal permissions, and one with others. */
    @Test
    void denialsOfProfilesWithEqualPermissionsAreOneEntry() {
        StatusPage page = StatusPage.overview(
                List.of(
                        facts("a", RenderedPage.profile("PING"), denied(3, "10.0.0.1")),
                        facts("b", RenderedPage.profile("PING"), denied(1, "10.0.0.2"), denied(2, "10.0.0.2")),
                        facts("c", RenderedPage.profile("PING", "POST"), denied(0, "10.0.0.3"))),
                PageQuery.NONE);

        assertThat(page.denials()).map(DenialSection::profilesInWords).containsExactly("profile c", "profiles b, a");
        assertThat(page.denials().get(1).count()).isEqualTo(3);
        assertThat(page.denials().get(1).clients()).isEqualTo(Map.of("10.0.0.1", 1L, "10.0.0.2", 2L));
        assertThat(page.denials().get(1).newest()).isEqualTo(RenderedPage.START.minusSeconds(1));
    }

    private static Denial denied(int secondsAgo, String client) {
        return Records.denial(
                RenderedPage.START.minusSeconds(secondsAgo),
                7,
                client,
                "GET",
                "/x",
                null,
                false,
                "unlisted",
                List.of());
    }

    private static StatusFacts facts(String name, Profile profile, Denial... denials) {
        Risk risk = Risk.of(profile, RenderedPage.CATALOGUE);
        List<ProfileLink> links =
                List.of(new ProfileLink(name, List.of(), true, 1, List.of(), risk, false, false, true));
        return RenderedPage.facts(
                RenderedPage.setup(profile, "unix:///run/docker.sock", List.of(), links, null),
                RenderedPage.usage(List.of(), List.of(), List.of(denials)));
    }
}
