package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of {@code docs/recipes}: the proxy accepts their settings, and decides about their requests as the page says. */
class RecipesTest {
    private static final Path FOLDER = Path.of("docs/recipes");
    /** The page begins with a file in {@code conf}. */
    private static final Pattern CONF = Pattern.compile("(?m)^(Start with|Use) \\[conf/");

    private static final Pattern FILE = Pattern.compile("\\(\\.\\./\\.\\./(conf/[\\w-]+\\.yaml)\\)");
    private static final Pattern ANSWER = Pattern.compile("root on the host\\? (Not directly|No)[,.]");
    private static final Pattern ROW = Pattern.compile("(?m)^- `([A-Z]+ /[^`]*)`: (allowed|denied)");

    @TempDir
    Path folder;

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> !file.endsWith("README.md")).sorted().toList();
        }
    }

    /** The environment of the file in {@code conf} that the page begins with, if any, and of its own compose files. */
    private static Map<String, String> environment(Path page) throws IOException {
        Map<String, String> environment = new HashMap<>();
        String text = Files.readString(page);
        Matcher conf = FILE.matcher(text);
        if (CONF.matcher(text).find() && conf.find()) {
            environment.putAll(
                    DocumentedSettings.environment(DocumentedSettings.yaml(Files.readString(Path.of(conf.group(1))))));
        }
        for (String block : DocumentedSettings.blocks(page, "yaml")) {
            environment.putAll(DocumentedSettings.environment(DocumentedSettings.yaml(block)));
        }
        return environment;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void proxyAcceptsTheSettingsAndTheIndexHasTheAnswerOfCheck(Path page) throws IOException {
        Matcher answer = ANSWER.matcher(DocumentedSettings.assertAccepted(environment(page), "", folder));
        Matcher row = Pattern.compile(
                        "(?m)^\\| \\[[^]]+]\\(" + page.getFileName() + "\\) \\|[^|]*\\| (not directly|no)\\b")
                .matcher(Files.readString(FOLDER.resolve("README.md")));

        assertThat(answer.find()).isTrue();
        assertThat(row.find()).isTrue();
        assertThat(row.group(1)).isEqualTo(answer.group(1).toLowerCase(Locale.ROOT));
    }

    static Stream<Arguments> requests() throws IOException {
        List<Arguments> requests = new ArrayList<>();
        for (Path page : pages()) {
            ROW.matcher(Files.readString(page))
                    .results()
                    .forEach(row -> requests.add(Arguments.of(page, row.group(1), row.group(2))));
        }
        return requests.stream();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestIsDecidedAsThePageSays(Path page, String request, String answer) throws IOException {
        int exitCode = DocumentedSettings.explain(environment(page), request, folder);

        assertThat(exitCode).isEqualTo(answer.equals("allowed") ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void pageSaysWhatTheClientCanAndCannotDo(Path page) throws IOException {
        String text = Files.readString(page);
        List<String> answers = ROW.matcher(text)
                .results()
                .map((MatchResult row) -> row.group(2))
                .toList();

        assertThat(answers).contains("allowed", "denied");
        assertThat(text).contains("**What it cannot do.** ", "**Danger.** ");
        assertThat(Files.readString(FOLDER.resolve("README.md"))).contains("](" + page.getFileName() + ")");
    }

    static Stream<JsonNode> proxies() throws IOException {
        List<JsonNode> proxies = new ArrayList<>();
        for (Path page : pages()) {
            for (String block : DocumentedSettings.blocks(page, "yaml")) {
                JsonNode proxy = DocumentedSettings.yaml(block).at("/services/socket-proxy");
                if (proxy.has("image")) {
                    proxies.add(proxy);
                }
            }
        }
        return proxies.stream();
    }

    @ParameterizedTest
    @MethodSource("proxies")
    void proxyHasMinimalPrivileges(JsonNode proxy) {
        assertThat(proxy.at("/read_only").asBoolean()).isTrue();
        assertThat(proxy.at("/tmpfs").toString()).isEqualTo("[\"/run\"]");
        assertThat(proxy.at("/cap_drop").toString()).isEqualTo("[\"ALL\"]");
        assertThat(proxy.at("/cap_add").toString()).isEqualTo("[\"SETUID\",\"SETGID\"]");
        assertThat(proxy.at("/security_opt").toString()).isEqualTo("[\"no-new-privileges:true\"]");
        assertThat(proxy.at("/volumes/0").asText()).isEqualTo("/var/run/docker.sock:/var/run/docker.sock:ro");
        assertThat(proxy.has("ports")).isFalse();
    }

    @Test
    void eachClientOfTheIndexHasAPage() throws IOException {
        assertThat(pages()).hasSize(14);
    }
}
