package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** Docker Compose and the proxy accept the examples in {@code conf}, with and without the commented-out variables. */
class ComposeFilesIT {
    private static final Pattern ENVIRONMENT =
            Pattern.compile("\"socket-proxy\": \\{.*?\"environment\": (\\{.*?})", Pattern.DOTALL);
    private static final Pattern SERVICE = Pattern.compile("(?s)\n    \"socket-proxy\": \\{(.*?)\n    }");
    private static final Pattern PORT =
            Pattern.compile("\"host_ip\": \"([^\"]*)\",\\s+\"target\": 8375,\\s+\"published\": \"([^\"]*)\"");
    private static final Pattern ENTRY = Pattern.compile("\"([A-Z0-9_]+)\": \"([^\"]*)\"");
    /** A commented-out variable. */
    private static final Pattern FURTHER = Pattern.compile("(?m)^( +)# ((- )?[A-Z0-9_]+(: |=)[^ ]+( .*)?)$");

    @TempDir
    Path folder;

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("conf"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    /** swarm.yaml publishes no port, because Swarm cannot publish on a single address. */
    @ParameterizedTest
    @MethodSource("files")
    void onlyTheStatusPageIsPublishedOnLoopback(Path file) throws Exception {
        Matcher service = SERVICE.matcher(config(Files.readString(file)));

        assertThat(service.find()).isTrue();
        assertThat(PORT.matcher(service.group(1))
                        .results()
                        .map(port -> port.group(1) + ":" + port.group(2))
                        .toList())
                .isEqualTo(file.endsWith("swarm.yaml") ? List.of() : List.of("127.0.0.1:8375"));
        assertThat(service.group(1).split("\"published\"", -1)).hasSize(file.endsWith("swarm.yaml") ? 1 : 2);
    }

    @ParameterizedTest
    @MethodSource("files")
    void composeAcceptsTheFileAndTheProxyItsVariables(Path file) throws Exception {
        String text = Files.readString(file);

        assertIsValid(text);
        assertIsValid(FURTHER.matcher(text).replaceAll("$1$2"));
    }

    static List<String> documented() throws IOException {
        List<String> blocks = new ArrayList<>();
        for (String page : List.of("README.md", "docs", "docs/recipes")) {
            try (Stream<Path> files = Files.walk(Path.of(page), 1)) {
                for (Path file : files.filter(each -> each.toString().endsWith(".md"))
                        .sorted()
                        .toList()) {
                    for (String block : DocumentedSettings.blocks(file, "yaml")) {
                        if (block.startsWith("services:\n")) {
                            blocks.add("# " + file + "\n" + block);
                        }
                    }
                }
            }
        }
        return blocks;
    }

    /** Some blocks are fragments, which leave out the image. */
    @ParameterizedTest
    @MethodSource("documented")
    void composeAcceptsTheBlocksOfThePages(String block) throws Exception {
        JsonNode compose = DocumentedSettings.yaml(block);
        compose.at("/services").forEach(service -> {
            if (!service.has("image")) {
                ((ObjectNode) service).put("image", "omitted");
            }
        });

        assertThat(config(compose.toString())).contains("\"services\"");
    }

    @Test
    void allRecipesHaveABlock() throws IOException {
        assertThat(documented())
                .filteredOn(block -> block.startsWith("# docs/recipes"))
                .hasSizeGreaterThan(4);
    }

    private String config(String text) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), text);
        Cli.Result config =
                RealDocker.get().cli(folder, Map.of()).run("docker", "compose", "config", "--format", "json");
        assertThat(config.exitCode()).as(config.stderr()).isZero();
        assertThat(config.stderr()).isEmpty();
        return config.stdout();
    }

    private void assertIsValid(String text) throws Exception {
        String config = config(text);
        Matcher environment = ENVIRONMENT.matcher(config);
        assertThat(environment.find()).as(config).isTrue();
        Map<String, String> variables = ENTRY.matcher(environment.group(1))
                .results()
                .collect(Collectors.toMap((MatchResult entry) -> entry.group(1), entry -> entry.group(2)));
        assertThat(variables).isNotEmpty();
        assertThat(Settings.read(variables, Variables.load()).findings().notices())
                .isEmpty();
    }
}
