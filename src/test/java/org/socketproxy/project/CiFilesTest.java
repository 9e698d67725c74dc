package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The files for the runners of public forges: they run {@code .ci/run}, and {@code make release} for tags only. */
class CiFilesTest {
    private static JsonNode read(String file) throws IOException {
        return DocumentedSettings.yaml(Files.readString(Path.of(file)));
    }

    private static List<String> steps(JsonNode job, String key) {
        return elements(job.at("/steps"))
                .filter(step -> step.has(key))
                .map(step -> step.at("/" + key).asText())
                .toList();
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    @Test
    void githubRunsTheTestsInACleanDebian() throws IOException {
        JsonNode workflow = read(".github/workflows/ci.yml");

        assertThat(workflow.at("/jobs/check/container/image").asText()).startsWith("debian:");
        assertThat(steps(workflow.at("/jobs/check"), "run")).contains(".ci/run");
        assertThat(workflow.at("/permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
    }

    @Test
    void githubBuildsAReleaseOfTagsOnly() throws IOException {
        JsonNode release = read(".github/workflows/ci.yml").at("/jobs/release");

        assertThat(release.at("/if").asText()).isEqualTo("startsWith(github.ref, 'refs/tags/v')");
        assertThat(release.at("/needs").asText()).isEqualTo("check");
        assertThat(steps(release, "run")).containsExactly("make release");
    }

    @Test
    void actionsOfGithubAreNamedWithTheirFullVersion() throws IOException {
        JsonNode jobs = read(".github/workflows/ci.yml").at("/jobs");

        assertThat(elements(jobs).flatMap(job -> steps(job, "uses").stream()))
                .isNotEmpty()
                .allMatch(action -> action.matches("actions/[a-z-]+@v\\d+\\.\\d+\\.\\d+"));
    }

    @Test
    void gitlabRunsTheTestsAndBuildsAReleaseOfTagsOnly() throws IOException {
        JsonNode pipeline = read(".gitlab-ci.yml");

        assertThat(pipeline.at("/image").asText()).startsWith("debian:");
        assertThat(elements(pipeline.at("/check/script")).map(JsonNode::asText)).contains(".ci/run");
        assertThat(elements(pipeline.at("/release/script")).map(JsonNode::asText))
                .contains("make release");
        assertThat(pipeline.at("/release/rules").toString()).isEqualTo("[{\"if\":\"$CI_COMMIT_TAG =~ /^v/\"}]");
    }
}
