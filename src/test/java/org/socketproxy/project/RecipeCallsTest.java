package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Corpus;

/**
 * Recipes whose clients cannot run here: the variables of the page are sufficient for the requests that the sources of the
 * client name, and none is superfluous. A line of a list is a method, a target and, if it has one, a body.
 */
class RecipeCallsTest {
    @TempDir
    Path folder;

    static List<String> calls(String recipe) {
        return Corpus.lines(RecipeCallsTest.class, "recipes/" + recipe + ".txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    private static Map<String, String> environment(String recipe) throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (String block : DocumentedSettings.blocks(Path.of("docs/recipes", recipe + ".md"), "yaml")) {
            environment.putAll(DocumentedSettings.environment(DocumentedSettings.yaml(block)));
        }
        return environment;
    }

    /** The denied requests of a client; a stream asks for them one after the other. */
    private Stream<String> denied(String recipe, Map<String, String> environment) {
        return calls(recipe).stream().filter(call -> {
            String[] words = call.split(" ", 3);
            String request = words[0] + " " + words[1];
            try {
                if (words.length == 3) {
                    request = "--body=" + Files.writeString(folder.resolve("body.json"), words[2]) + " " + request;
                }
                return DocumentedSettings.explain(environment, request, folder) != 0;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ai-agent", "gitea-runner", "gitlab-runner"})
    void recipeAllowsEveryRequestOfItsClient(String recipe) throws IOException {
        assertThat(calls(recipe)).hasSizeGreaterThan(10);
        assertThat(denied(recipe, environment(recipe))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ai-agent", "gitea-runner", "gitlab-runner"})
    void recipeHasNoSuperfluousVariable(String recipe) throws IOException {
        Map<String, String> environment = environment(recipe);
        List<String> granted = environment.entrySet().stream()
                .filter(each -> each.getValue().equals("1") && !each.getKey().equals("MASK"))
                .map(Map.Entry::getKey)
                .toList();

        assertThat(granted).hasSizeGreaterThan(3).allSatisfy(variable -> {
            Map<String, String> less = new HashMap<>(environment);
            less.put(variable, "0");
            assertThat(denied(recipe, less).findFirst()).as(variable).isPresent();
        });
    }
}
