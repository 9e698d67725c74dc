package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Denial;

/** The view model of the page of all profiles. */
class OverviewTest {
    @Test
    void overviewHasTheNewestDenialsAndCountsTheOthers() {
        Denial[] denials = IntStream.range(0, 50)
                .mapToObj(number -> new Denial(
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
        Profile profile = RenderedPage.profile("PING");
        Risk risk = Risk.of(profile, RenderedPage.CATALOGUE);
        List<ProfileLink> links =
                List.of(new ProfileLink("ci", List.of(), true, 1, List.of(), risk, false, false, true));
        StatusFacts facts = RenderedPage.facts(
                RenderedPage.setup(profile, "unix:///run/docker.sock", List.of(), links, null),
                RenderedPage.usage(List.of(), List.of(), List.of(denials)));
        StatusPage page = StatusPage.overview(List.of(facts), PageQuery.NONE);

        assertThat(page.denials()).map(DenialSection::newest).hasSize(40).startsWith(RenderedPage.START);
        assertThat(page.moreDenials()).isEqualTo(10);
        assertThat(StatusPage.of(facts, PageQuery.NONE).denials()).hasSize(50);
    }
}
