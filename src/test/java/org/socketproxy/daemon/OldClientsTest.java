package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.ApiVersion;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.ApiTranslation.Translated;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.testing.TestProfile;

/** Notes on old clients: which, how many, and how long. */
class OldClientsTest {
    private static final ApiVersion OLD = new ApiVersion(1, 24);
    private static final ApiVersion NEEDED = new ApiVersion(1, 44);
    private static final Operation LIST =
            OperationCatalogue.load().byId("ContainerList").orElseThrow();

    private final OldClients clients = new OldClients();
    private final Profile profile = TestProfile.granting(Set.of());

    private static ApiTranslation translation(String value) {
        return ApiTranslation.parse(value).orElseThrow();
    }

    @Test
    void clientIsNotedOnce() {
        clients.refused(profile, Client.at("10.0.0.1"), LIST, OLD, NEEDED);
        clients.refused(profile, Client.at("10.0.0.1"), LIST, new ApiVersion(1, 30), NEEDED);

        assertThat(clients.notes(profile))
                .containsExactly("client 10.0.0.1 uses API 1.24, the daemon needs 1.44: set API_VERSION=auto");
    }

    @Test
    void manyClientsFillNoMemory() {
        IntStream.range(0, 5000).forEach(i -> {
            Client client = Client.at("10.0." + i / 256 + "." + i % 256);
            clients.refused(profile, client, LIST, OLD, NEEDED);
            clients.translated(
                    profile.edit().with(ApiTranslation.KEY, translation("auto")).build(),
                    client,
                    new Translated(OLD, NEEDED));
        });

        assertThat(clients.size()).isEqualTo(2 * OldClients.MOST);
        assertThat(clients.notes(profile)).hasSize(20);
    }

    @Test
    void noteEndsWhenTheProfileTranslates() {
        clients.refused(profile, Client.at("10.0.0.1"), LIST, OLD, NEEDED);

        assertThat(clients.notes(profile.edit()
                        .with(ApiTranslation.KEY, translation("auto"))
                        .build()))
                .isEmpty();
        assertThat(clients.notes(profile.edit()
                        .with(ApiTranslation.KEY, translation("1.44"))
                        .build()))
                .isEmpty();
        assertThat(clients.notes(profile.edit()
                        .with(ApiTranslation.KEY, translation("1.43"))
                        .build()))
                .hasSize(1);
    }

    @Test
    void profileHasOnlyTheNotesOnItsClients() {
        clients.refused(profile, Client.at("10.0.0.1"), LIST, OLD, NEEDED);

        assertThat(clients.notes(TestProfile.named("other", LearnMode.off(), Set.of())))
                .isEmpty();
    }

    @Test
    void remedyNamesTheProfileOfThePolicyFile() {
        Profile ci = Profile.of(new ProfileOrigin("ci", "policy.yaml", Map.of()), profile.policy())
                .build();
        clients.refused(ci, Client.at("10.0.0.1"), LIST, OLD, NEEDED);

        assertThat(clients.notes(ci)).allMatch(note -> note.endsWith(": set api-version: auto in the profile ci"));
    }
}
