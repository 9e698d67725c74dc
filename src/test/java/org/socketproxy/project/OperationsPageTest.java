package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The settings and the alerts that {@code docs/operations.md} shows exist. */
class OperationsPageTest {
    private static final Path PAGE = Path.of("docs/operations.md");
    private static final Path RULES = Path.of("conf/prometheus/socket-proxy.rules.yaml");

    @TempDir
    Path folder;

    static List<String> composeFiles() throws IOException {
        return DocumentedSettings.blocks(PAGE, "yaml").stream()
                .filter(block -> block.contains("environment:"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("composeFiles")
    void settingsAreAccepted(String compose) throws IOException {
        Map<String, String> environment = DocumentedSettings.environment(DocumentedSettings.yaml(compose));
        environment.computeIfPresent(
                "LEDGER", (name, path) -> folder.resolve("ledger.json").toString());

        DocumentedSettings.assertAccepted(environment, "", folder);
    }

    @Test
    void pageHasTheAlertsAndTheirSeverity() throws IOException {
        List<String> rows = Pattern.compile("(?m)^- `(SocketProxy\\w+)` \\((\\w+)\\): ")
                .matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult row) -> row.group(1) + " " + row.group(2))
                .toList();
        List<String> rules = Pattern.compile("(?s)- alert: (\\w+)\n.*?severity: (\\w+)}")
                .matcher(Files.readString(RULES))
                .results()
                .map((MatchResult rule) -> rule.group(1) + " " + rule.group(2))
                .toList();

        assertThat(rows).hasSizeGreaterThan(5).isEqualTo(rules);
    }
}
