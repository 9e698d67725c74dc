package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files for the runners of public forges: they run the scripts of this repository, with the least permissions. */
class CiFilesTest {
    private static final String CI = ".github/workflows/ci.yml";
    private static final String RELEASE = ".github/workflows/release.yml";
    private static final String WEEKLY = ".github/workflows/weekly.yml";
    private static final String NO_DRY_RUN = "github.event_name == 'push'";
    /** An action with the digest of its commit, and its version for the reader. */
    private static final Pattern PINNED =
            Pattern.compile("uses: (actions/[a-z-]+)@([0-9a-f]{40}) # v\\d+\\.\\d+\\.\\d+");

    private static final Pattern SCRIPT = Pattern.compile("(?<![\\w./])(?:src|bench|[.]ci)/[\\w./-]+");

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

    /** The steps of the release that run a command with this text. */
    private static List<JsonNode> releaseSteps(String command) throws IOException {
        List<JsonNode> found = elements(read(RELEASE).at("/jobs"))
                .flatMap(job -> elements(job.at("/steps")))
                .filter(step -> step.at("/run").asText().contains(command))
                .toList();
        assertThat(found).as(command).isNotEmpty();
        return found;
    }

    @Test
    void githubRunsTheTestsInACleanDebian() throws IOException {
        JsonNode workflow = read(CI);

        assertThat(workflow.at("/jobs/check/container/image").asText()).startsWith("debian:");
        assertThat(steps(workflow.at("/jobs/check"), "run")).contains(".ci/run");
        assertThat(workflow.at("/permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
    }

    @Test
    void unitTestsRunOnTheLowestAndOnTheNewestJava() throws IOException {
        String lowest = Files.readAllLines(Path.of("pom.xml")).stream()
                .filter(line -> line.contains("<maven.compiler.release>"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\D", "");

        assertThat(Path.of(".ci/run")).content().contains("\nfor version in " + lowest + " 25; do\n");
        assertThat(steps(read(CI).at("/jobs/check"), "run"))
                .anyMatch(step -> step.contains(" openjdk-25-jdk-headless "));
        assertThat(elements(read(".gitlab-ci.yml").at("/check/script")).map(JsonNode::asText))
                .anyMatch(step -> step.contains(" openjdk-25-jdk-headless "));
    }

    @Test
    void githubPublishesTagsOnlyAndAfterTheTests() throws IOException {
        JsonNode workflow = read(RELEASE);

        assertThat(workflow.at("/on/push").toString()).isEqualTo("{\"tags\":[\"v*\"]}");
        assertThat(workflow.at("/on").fieldNames()).toIterable().containsExactly("push", "workflow_dispatch");
        assertThat(workflow.at("/jobs/check/uses").asText()).isEqualTo("./" + CI);
        assertThat(read(CI).at("/on").has("workflow_call")).isTrue();
        assertThat(workflow.at("/jobs/image/needs").toString()).isEqualTo("[\"check\",\"files\"]");
        assertThat(workflow.at("/jobs/sign/needs").asText()).isEqualTo("image");
        assertThat(workflow.at("/jobs/page/needs").asText()).isEqualTo("sign");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "check | {\"contents\":\"read\"}",
                "files | {\"contents\":\"read\"}",
                "image | {\"contents\":\"read\",\"packages\":\"write\"}",
                "sign  | {\"contents\":\"read\",\"packages\":\"write\",\"id-token\":\"write\"}",
                "page  | {\"contents\":\"write\"}",
            })
    void eachJobOfAReleaseHasOnlyItsPermissions(String job, String permissions) throws IOException {
        JsonNode workflow = read(RELEASE);

        assertThat(workflow.at("/permissions").toString()).isEqualTo("{}");
        assertThat(workflow.at("/jobs").size()).isEqualTo(5);
        assertThat(workflow.at("/jobs/" + job + "/permissions").toString()).isEqualTo(permissions);
    }

    @Test
    void eachWeekGithubAsksForVulnerabilitiesAndNewerBaseImages() throws IOException {
        JsonNode workflow = read(WEEKLY);

        assertThat(workflow.at("/on").fieldNames()).toIterable().containsExactly("schedule", "workflow_dispatch");
        assertThat(workflow.at("/permissions").toString()).isEqualTo("{}");
        assertThat(workflow.at("/jobs/vulnerabilities/permissions").toString()).isEqualTo("{\"contents\":\"read\"}");
        assertThat(steps(workflow.at("/jobs/vulnerabilities"), "run")).contains("make vulnerabilities");
        assertThat(steps(workflow.at("/jobs/images"), "run"))
                .startsWith("src/release/pin-bases")
                .anyMatch(step -> step.startsWith("docker build "))
                .anyMatch(step -> step.contains("gh pr create"));
    }

    @Test
    void dryRunOfGithubLogsInNowhereAndPublishesNothing() throws IOException {
        assertThat(releaseSteps("docker login"))
                .isNotEmpty()
                .allMatch(step -> step.at("/if").asText().equals(NO_DRY_RUN));
        assertThat(releaseSteps("src/release/publish"))
                .isNotEmpty()
                .allMatch(step -> step.at("/run").asText().contains("src/release/publish $DRY_RUN "));
        assertThat(read(RELEASE).at("/env/DRY_RUN").asText())
                .isEqualTo("${{ github.event_name == 'workflow_dispatch' && '--dry-run' || '' }}");
        assertThat(releaseSteps("gh release create")).hasSize(1);
        assertThat(steps(read(RELEASE).at("/jobs/page"), "run"))
                .singleElement()
                .asString()
                .contains("gh release create");
        assertThat(read(RELEASE).at("/jobs/page/if").asText()).isEqualTo(NO_DRY_RUN);
    }

    @Test
    void commandsOfGithubGetTextsOfTheEventOnlyAsVariables() throws IOException {
        for (String file : List.of(CI, RELEASE, WEEKLY)) {
            assertThat(elements(read(file).at("/jobs")).flatMap(job -> steps(job, "run").stream()))
                    .isNotEmpty()
                    .noneMatch(command -> command.contains("${{"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {CI, RELEASE, WEEKLY})
    void actionsOfGithubAreNamedWithTheDigestOfTheirCommit(String file) throws IOException {
        List<String> uses = Files.readAllLines(Path.of(file)).stream()
                .map(String::strip)
                .filter(line -> line.contains("uses:"))
                .toList();
        assertThat(uses).isNotEmpty();
        Map<String, String> digests = new TreeMap<>();
        for (String line : uses) {
            if (line.equals("uses: ./" + CI)) {
                continue;
            }
            Matcher action = PINNED.matcher(line.replaceFirst("^- ", ""));
            assertThat(action.matches()).as(line).isTrue();
            assertThat(digests.merge(action.group(1), action.group(2), (one, other) -> one))
                    .as("one digest for each action: " + line)
                    .isEqualTo(action.group(2));
        }
        assertThat(digests).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {CI, RELEASE, WEEKLY, ".gitlab-ci.yml", "Makefile"})
    void scriptsThatAreNamedExist(String file) throws IOException {
        List<String> commands = Files.readAllLines(Path.of(file)).stream()
                .filter(line -> !line.matches("\\s*#.*|.*## .*"))
                .toList();
        Matcher script = SCRIPT.matcher(String.join("\n", commands));
        assertThat(script.find()).isTrue();
        do {
            assertThat(Path.of(script.group())).exists();
        } while (script.find());
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
