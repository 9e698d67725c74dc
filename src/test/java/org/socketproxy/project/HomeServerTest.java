package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileNotes;

/** {@code conf/profiles/home-server}: one proxy for eight clients, each in a network of its own. */
class HomeServerTest {
    private static final Path FOLDER = Path.of("conf/profiles/home-server");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private static JsonNode compose() throws Exception {
        return YAML.readTree(FOLDER.resolve("compose.yaml").toFile());
    }

    private static List<ProfileSettings> profiles() throws Exception {
        return Settings.read(Map.of("POLICY", FOLDER.resolve("policy.yaml").toString()), Variables.load())
                .policy()
                .profiles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"traefik", "portainer", "watchtower", "homepage", "dozzle", "diun", "autoheal", "ci"})
    void clientIsAloneWithTheProxyInTheNetworkOfItsProfile(String client) throws Exception {
        JsonNode compose = compose();
        String network = client + "-api";
        ProfileSettings profile = profiles().stream()
                .filter(each -> each.name().equals(client))
                .findFirst()
                .orElseThrow();

        assertThat(compose.at("/networks/" + network + "/internal").asBoolean()).isTrue();
        assertThat(profile.clients())
                .extracting(ClientMatcher::text)
                .containsExactly("network "
                        + compose.at("/networks/" + network + "/ipam/config/0/subnet")
                                .asText());
        assertThat(compose.at("/services").properties())
                .filteredOn(
                        service -> service.getValue().at("/networks").toString().contains('"' + network + '"'))
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("socket-proxy", client);
    }

    @Test
    void eachProfileHasThePresetOfItsClient() throws Exception {
        assertThat(profiles())
                .extracting(ProfileSettings::granted)
                .containsExactlyElementsOf(List.of(
                                "traefik",
                                "portainer-readonly",
                                "watchtower",
                                "homepage",
                                "dozzle",
                                "diun",
                                "autoheal",
                                "docker-ci")
                        .stream()
                        .map(HomeServerTest::variables)
                        .toList());
    }

    /** A note that is always there is not read. */
    @Test
    void examplesHaveNoNotes() throws Exception {
        assertThat(notes(FOLDER)).isEmpty();
        assertThat(notes(Path.of("conf/profiles/swarm"))).isEmpty();
    }

    private static List<String> notes(Path folder) throws Exception {
        OperationCatalogue catalogue = OperationCatalogue.load();
        PolicySettings policy = Settings.read(
                        Map.of("POLICY", folder.resolve("policy.yaml").toString()), Variables.load())
                .policy();
        return new ProfileNotes(
                        ConfiguredProfiles.of(policy, catalogue, ParameterRules.load(), each -> LearnMode.off()),
                        catalogue)
                .sentences();
    }

    private static Set<String> variables(String preset) {
        return Preset.all().stream()
                .filter(each -> each.name().equals(preset))
                .findFirst()
                .orElseThrow()
                .variables();
    }
}
