package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.status.ProxySetup.ProfileLink;

/** Sentences about the configuration, by profile. */
class NotesTest {
    @Test
    void sentenceAboutAProfileIsFoundByItsName() {
        Profile profile = RenderedPage.profile("PING");
        List<ProfileLink> links = Stream.of("ci", "ci-2")
                .map(name -> new ProfileLink(
                        name,
                        List.of(),
                        true,
                        1,
                        List.of(),
                        Risk.of(profile, RenderedPage.CATALOGUE),
                        false,
                        false,
                        false))
                .toList();
        List<String> first = List.of("profile ci has no clients", "profile ci-2: more", "profile web can", "STRICT=1");
        List<String> second = List.of("STRICT=1", "profile ci: less");

        Notes notes = Notes.of(List.of(
                RenderedPage.setup(profile, "unix:///a", first, links, null),
                RenderedPage.setup(profile, "unix:///a", second, links, null)));

        assertThat(notes)
                .isEqualTo(new Notes(
                        List.of("profile web can", "STRICT=1"),
                        Map.of(
                                "ci", List.of("profile ci has no clients", "profile ci: less"),
                                "ci-2", List.of("profile ci-2: more"))));
    }
}
