package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.command.CommandLine;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** Checks settings that a page of the documentation shows: each name exists, and {@code check} accepts the values. */
final class DocumentedSettings {
    /** Exit code of {@code check} for a valid configuration without a daemon. */
    private static final int NO_DAEMON = 3;

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private DocumentedSettings() {}

    /** Returns the code blocks of a language. */
    static List<String> blocks(Path page, String language) throws IOException {
        return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$")
                .matcher(Files.readString(page))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    static JsonNode yaml(String text) throws IOException {
        return YAML.readTree(text);
    }

    /** Returns the environment of the proxy in a compose file, which is a map or a list. */
    static Map<String, String> environment(JsonNode compose) {
        Map<String, String> environment = new HashMap<>();
        JsonNode node = compose.at("/services/socket-proxy/environment");
        node.properties()
                .forEach(each -> environment.put(each.getKey(), each.getValue().asText()));
        if (node.isArray()) {
            node.forEach(each -> put(each.asText(), environment));
        }
        return environment;
    }

    /** Returns the settings of lines {@code NAME=value}. */
    static Map<String, String> lines(String text) {
        Map<String, String> environment = new HashMap<>();
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> put(line, environment));
        return environment;
    }

    private static void put(String assignment, Map<String, String> environment) {
        String[] parts = assignment.split("=", 2);
        environment.put(parts[0], parts[1]);
    }

    /**
     * Asserts that each name exists, and that {@code check} accepts the settings without a message.
     *
     * @param folder an empty folder for a policy file
     * @param policy content of the policy file, or empty for none
     * @return what {@code check} prints
     */
    static String assertAccepted(Map<String, String> environment, String policy, Path folder) throws IOException {
        assertThat(environment).isNotEmpty();
        assertThat(names()).containsAll(environment.keySet());
        Map<String, String> complete = withoutFiles(environment, folder);
        if (complete.containsKey("POLICY")) {
            complete.put(
                    "POLICY",
                    Files.writeString(folder.resolve("policy.yaml"), policy).toString());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);

        int exitCode = new CommandLine(complete, printed, printed).run("check");

        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(exitCode).as(text).isEqualTo(NO_DAEMON);
        assertThat(text).doesNotContain("there is no such", "has no effect");
        return text;
    }

    /** Returns the exit code of {@code explain}: 0 for an allowed request, 1 for a denied one. */
    static int explain(Map<String, String> environment, String request, Path folder) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of("explain"));
        words.addAll(List.of(request.split(" ")));

        return new CommandLine(withoutFiles(environment, folder), nowhere, nowhere).run(words.toArray(String[]::new));
    }

    /** The files of the page do not exist here, and no daemon listens. */
    private static Map<String, String> withoutFiles(Map<String, String> environment, Path folder) {
        Map<String, String> complete = new HashMap<>(environment);
        complete.remove("ENV_FILE");
        complete.remove("STATUS_TOKEN_FILE");
        complete.remove("NOTIFY_FILE");
        complete.put("SOCKET_PATH", folder.resolve("missing.sock").toString());
        complete.putIfAbsent("LISTEN", "tcp://:2375");
        return complete;
    }

    private static List<String> names() {
        return Stream.concat(
                        Variables.load().all().stream().map(Variable::name),
                        Arrays.stream(Setting.values()).map(Setting::name))
                .collect(Collectors.toList());
    }
}
