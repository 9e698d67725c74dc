package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.command.CommandLine;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.Variables;

/** The policy files in {@code conf}: each is valid with the listeners of its deployment, and each client gets its profile. */
class PolicyExamplesTest {
    private static final Path CONF = Path.of("conf");
    private static final Path PROFILES = CONF.resolve("profiles");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    /** {@code LISTEN} of the image. */
    private static final String OF_IMAGE = "tcp://:2375";

    @Test
    void tableOfSettingsAndKeysMatchesTheCode() throws IOException {
        Stream<List<String>> rows = Stream.concat(
                ProfileKeys.all().entrySet().stream()
                        .map(entry -> List.of(PrintedTable.code(entry.getKey()), PrintedTable.code(entry.getValue()))),
                Stream.of(
                        List.of("variables, such as `CONTAINERS`", "`variables.CONTAINERS`"),
                        List.of("`MODE=learn` with `LEARN_FOR`, `LEARN_UNTIL`", "`learn`")));

        PrintedTable.assertInStep(
                Path.of("docs/profiles.md"),
                "settings-keys",
                PrintedTable.of(List.of("environment", "key of the profile"), rows),
                PolicyExamplesTest.class);
    }

    static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(CONF)) {
            return all.filter(file -> file.endsWith("policy.yaml")).sorted().toList();
        }
    }

    private static String listen(Path policy) throws IOException {
        return switch (String.valueOf(policy.getName(policy.getNameCount() - 2))) {
            case "kubernetes" -> listenOfKubernetes();
            case "systemd" -> listenOfSystemd();
            case "profiles" -> "tcp://:2375,unix:///run/ci.sock?name=ci";
            default -> OF_IMAGE;
        };
    }

    private static List<JsonNode> kubernetes() throws IOException {
        return YAML.readerFor(JsonNode.class)
                .<JsonNode>readValues(
                        PROFILES.resolve("kubernetes/daemonset.yaml").toFile())
                .readAll();
    }

    private static String listenOfKubernetes() throws IOException {
        for (JsonNode variable : kubernetes().get(0).at("/spec/template/spec/containers/0/env")) {
            if (variable.at("/name").asText().equals("LISTEN")) {
                return variable.at("/value").asText();
            }
        }
        throw new AssertionError("no LISTEN");
    }

    private static String listenOfSystemd() throws IOException {
        return Files.readAllLines(PROFILES.resolve("systemd/policy.conf")).stream()
                .filter(line -> line.startsWith("Environment=\"LISTEN="))
                .map(line -> line.substring("Environment=\"LISTEN=".length(), line.length() - 1))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("files")
    void policyFileIsValidWithoutWarningOfAVariable(Path policy) throws Exception {
        Settings settings =
                Settings.read(Map.of("POLICY", policy.toString(), "LISTEN", listen(policy)), Variables.load());

        assertThat(settings.policy().profiles()).isNotEmpty();
        assertThat(settings.findings().notices()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // file                  | client                             | profile
                "profiles/kubernetes     | listener=metrics,address=10.1.2.3  | metrics",
                "profiles/kubernetes     | listener=logs,address=10.1.2.4     | logs",
                "profiles/kubernetes     | listener=builds,address=10.1.2.5   | builds",
                "profiles/swarm          | 10.30.1.7                          | traefik",
                "profiles/swarm          | 10.30.2.7                          | dozzle",
                "profiles/swarm          | 10.30.3.7                          | diun",
                "profiles/swarm          | 10.30.4.7                          | otherwise",
                "profiles/systemd        | listener=metrics,uid=997           | metrics",
                "profiles/systemd        | listener=builds,uid=998            | builds",
                "profiles/systemd        | listener=people,uid=1000           | people",
                "profiles/systemd        | listener=people,uid=1001           | otherwise",
                "profiles/systemd        | listener=people,uid=998            | otherwise",
                "profiles/systemd        | listener=builds,uid=0              | otherwise",
                "profiles/home-server    | 172.30.1.2                         | traefik",
                "profiles/home-server    | 172.30.5.2                         | dozzle",
                "profiles/home-server    | 172.30.8.2                         | ci",
                "profiles                | 172.20.0.9                         | traefik",
                "profiles                | listener=ci,uid=1000               | ci",
                "profiles                | 172.21.0.9                         | otherwise",
            })
    void clientGetsItsProfile(String folder, String client, String profile) throws Exception {
        Path policy = CONF.resolve(folder).resolve("policy.yaml");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        new CommandLine(Map.of("POLICY", policy.toString(), "LISTEN", listen(policy)), printed, printed)
                .run("explain", "--client=" + client, "GET", "/containers/json");

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("profile    " + profile + "\n");
        assertThat(files()).contains(policy);
    }

    /** The image has the folder {@code /etc/socket-proxy/extensions}, and the proxy does not start without it. */
    @Test
    void noMountHidesTheFolderOfExtensionsOfTheImage() throws IOException {
        for (Path folder : List.of(CONF, Path.of("docs"))) {
            try (Stream<Path> all = Files.walk(folder)) {
                List<Path> texts = all.filter(file -> file.toString().matches(".*\\.(yaml|md|container)"))
                        .toList();

                assertThat(texts)
                        .hasSizeGreaterThan(5)
                        .allSatisfy(file -> assertThat(Files.readString(file))
                                .doesNotContainPattern("(:|mountPath: )/etc/socket-proxy(:|,|}|\\s)"));
            }
        }
    }

    @Test
    void podReachesThePortOfTheListenerThatItsLabelNames() throws IOException {
        Map<String, String> ports = new HashMap<>();
        for (JsonNode rule : kubernetes().get(1).at("/spec/ingress")) {
            ports.put(
                    rule.at("/from/0/podSelector/matchLabels/docker-api").asText(),
                    rule.at("/ports/0/port").asText());
        }

        assertThat(Arrays.stream(listenOfKubernetes().split(","))
                        .map(address -> address.replace("tcp://:", "").split("\\?name="))
                        .collect(Collectors.toMap(words -> words[1], words -> words[0])))
                .isEqualTo(ports)
                .hasSize(3);
    }

    @Test
    void podIsDeployedWithMinimalPrivilegesAndThePolicyFile() throws IOException {
        JsonNode pod = kubernetes().get(0).at("/spec/template/spec");

        assertThat(pod.at("/containers/0/securityContext/readOnlyRootFilesystem")
                        .asBoolean())
                .isTrue();
        assertThat(pod.at("/containers/0/securityContext/allowPrivilegeEscalation")
                        .asBoolean())
                .isFalse();
        assertThat(pod.at("/volumes/1/configMap/name").asText()).isEqualTo("socket-proxy-policy");
        assertThat(YAML.readTree(PROFILES.resolve("kubernetes/kustomization.yaml")
                                .toFile())
                        .at("/configMapGenerator/0/name")
                        .asText())
                .isEqualTo("socket-proxy-policy");
    }

    @ParameterizedTest
    @CsvSource({"traefik", "dozzle", "diun"})
    void clientOfTheStackIsAloneWithTheProxyInTheNetworkOfItsProfile(String client) throws Exception {
        JsonNode stack = YAML.readTree(PROFILES.resolve("swarm/stack.yaml").toFile());
        String network = client + "-api";
        Set<String> members = stack.at("/services").properties().stream()
                .filter(service -> service.getValue().at("/networks").toString().contains('"' + network + '"'))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        String subnet =
                stack.at("/networks/" + network + "/ipam/config/0/subnet").asText();

        assertThat(members).containsExactlyInAnyOrder("socket-proxy", client);
        assertThat(stack.at("/networks/" + network + "/internal").asBoolean()).isTrue();
        assertThat(Files.readString(PROFILES.resolve("swarm/policy.yaml")))
                .containsPattern(Pattern.compile(
                        "  " + client + ":\n    clients: \\[\\{network: " + Pattern.quote(subnet) + "}"));
    }
}
