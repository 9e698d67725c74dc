package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;

/** The recipes of {@code docs/targets.md} are valid policy files that allow what their clients need. */
class TargetsPageTest {
    private static final Pattern RECIPE = Pattern.compile("```yaml\n(profiles:\n  ([a-z-]+):\n.*?)```", Pattern.DOTALL);
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private record Recipe(String profile, String yaml) {}

    @TempDir
    Path folder;

    private static List<Recipe> recipes() throws IOException {
        return RECIPE.matcher(Files.readString(Path.of("docs/targets.md")))
                .results()
                .map(found -> new Recipe(found.group(2), found.group(1)))
                .toList();
    }

    private Profile read(String name) throws Exception {
        Recipe recipe = recipes().stream()
                .filter(each -> each.profile.equals(name))
                .findFirst()
                .orElseThrow();
        Path file = Files.writeString(folder.resolve("policy.yaml"), recipe.yaml);
        Settings settings =
                Settings.read(Map.of("POLICY", file.toString(), "LISTEN", "tcp://:2375?name=red"), Variables.load());
        ProfileSettings profile = settings.policy().profiles().get(0);
        assertThat(profile.name()).isEqualTo(name);
        return profile.profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
    }

    @Test
    void thereIsARecipeForEachKindOfClient() throws IOException {
        assertThat(recipes())
                .extracting(Recipe::profile)
                .containsExactly("portainer-red", "runner", "backup", "homepage", "watchtower", "autoheal");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "portainer-red | ContainerList ContainerInspect ContainerExec ImageList NetworkList VolumeList SystemInfo | ImageBuild SwarmInspect",
                "runner        | ContainerCreate ContainerStart ContainerLogs ContainerExec ImageCreate ContainerDelete   | ImageBuild ImageLoad SystemInfo",
                "backup        | ContainerList ContainerInspect ContainerStop ContainerStart                                | ContainerRestart ContainerDelete",
                "homepage      | ContainerList ContainerInspect ContainerRestart                                            | ContainerStop ContainerCreate",
                "watchtower    | ContainerList ContainerStop ContainerDelete ContainerCreate ImageCreate                    | ContainerExec NetworkDelete VolumeDelete",
                "autoheal      | ContainerList ContainerRestart                                                             | ContainerDelete ContainerCreate",
            })
    void recipeAllowsWhatItsClientNeeds(String name, String allowed, String denied) throws Exception {
        Profile profile = read(name);

        assertThat(CATALOGUE.operations()).anyMatch(profile::hasObjectRules);
        assertThat(allowed.split(" ", -1))
                .allSatisfy(id -> assertThat(
                                profile.decide(CATALOGUE.byId(id).orElseThrow()).isAllowed())
                        .isTrue());
        assertThat(denied.split(" ", -1))
                .allSatisfy(id -> assertThat(
                                profile.decide(CATALOGUE.byId(id).orElseThrow()).isAllowed())
                        .isFalse());
    }
}
