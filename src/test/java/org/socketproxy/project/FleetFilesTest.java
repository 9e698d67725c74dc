package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Settings;
import org.socketproxy.minisign.SecretKey;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Programs;

/** The examples in {@code conf/fleet} start the proxy with a signed policy, whose two files come together. */
class FleetFilesTest {
    private static final Path FOLDER = Path.of("conf/fleet");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @TempDir
    Path folder;

    private static JsonNode read(String file) throws IOException {
        return YAML.readTree(FOLDER.resolve(file).toFile());
    }

    /** Reads the settings with the policy of the folder, signed by a new key. */
    private long versionWith(Map<String, String> environment) throws Exception {
        SecretKey key = SecretKey.generate();
        Path policy = Files.copy(FOLDER.resolve("policy.yaml"), folder.resolve("policy.yaml"));
        Files.writeString(folder.resolve("policy.yaml.minisig"), key.sign(Files.readAllBytes(policy), "version:12"));
        Map<String, String> complete = new HashMap<>(environment);
        complete.put("POLICY", policy.toString());
        complete.put("POLICY_KEY", key.publicKey().text());
        complete.put("POLICY_VERSION_FILE", folder.resolve("version").toString());
        return Settings.read(complete, Variables.load()).policy().version();
    }

    @Test
    void stackOfSwarmHasBothFilesAsConfigsOfOneVersion() throws Exception {
        JsonNode stack = read("swarm.yaml");
        JsonNode proxy = stack.at("/services/socket-proxy");
        Map<String, String> environment = new HashMap<>();
        proxy.at("/environment")
                .properties()
                .forEach(each -> environment.put(each.getKey(), each.getValue().asText()));
        String policy = environment.get("POLICY");

        assertThat(versionWith(environment)).isEqualTo(12);
        assertThat(proxy.at("/configs").findValuesAsText("target")).containsExactly(policy, policy + ".minisig");
        assertThat(proxy.at("/configs").findValuesAsText("source"))
                .allSatisfy(source -> assertThat(
                                stack.at("/configs/" + source + "/name").asText())
                        .endsWith("-${VERSION:-12}"));
        assertThat(proxy.at("/volumes").toString()).contains("state:/data");
        assertThat(environment.get("POLICY_VERSION_FILE")).startsWith("/data/");
    }

    @Test
    void patchOfKubernetesMountsBothFilesOfOneConfigMap() throws Exception {
        JsonNode template = read("kubernetes.yaml").at("/spec/template");
        JsonNode container = template.at("/spec/containers/0");
        Map<String, String> environment = StreamSupport.stream(
                        container.at("/env").spliterator(), false)
                .filter(each -> each.has("value"))
                .collect(Collectors.toMap(
                        each -> each.at("/name").asText(),
                        each -> each.at("/value").asText()));

        assertThat(versionWith(environment)).isEqualTo(12);
        assertThat(Path.of(environment.get("POLICY")).getParent())
                .isEqualTo(Path.of(container.at("/volumeMounts/0/mountPath").asText()));
        for (JsonNode variable : container.at("/env")) {
            ((ObjectNode) variable).remove("$patch"); // of the patch, not of the type
        }
        assertThat(ConfFilesTest.strict()
                        .treeToValue(template, PodTemplateSpec.class)
                        .getSpec()
                        .getVolumes())
                .hasSize(2);
    }

    @Test
    void tasksOfAnsibleUseModulesOfItsCoreAndReplaceTheLinkLast() throws Exception {
        Set<String> modules = new HashSet<>();
        for (JsonNode task : read("ansible.yaml")) {
            List<String> keys =
                    task.properties().stream().map(Map.Entry::getKey).toList();
            assertThat(keys).startsWith("name");
            modules.add(keys.get(1));
        }
        assertThat(modules)
                .containsExactlyInAnyOrder(
                        "ansible.builtin.file",
                        "ansible.builtin.copy",
                        "ansible.builtin.command",
                        "ansible.builtin.uri");
        assertThat(read("ansible.yaml")
                        .findValuesAsText("ansible.builtin.command")
                        .get(1))
                .startsWith("mv -T ");
    }

    @Test
    void dockerReadsTheStack() throws Exception {
        Programs.assumeInstalled("docker");
        copyAll();
        Files.writeString(folder.resolve("policy.yaml.minisig"), "signature");
        JsonNode stack =
                YAML.readTree(run("docker stack config -c swarm.yaml", Map.of("POLICY_KEY", "RWQx", "VERSION", "13")));

        assertThat(stack.at("/configs/policy/name").asText()).isEqualTo("docker-api-policy-13");
        assertThat(stack.at("/services/socket-proxy/environment/POLICY_KEY").asText())
                .isEqualTo("RWQx");
    }

    @Test
    void ansibleReadsTheTasks() throws Exception {
        Programs.assumeInstalled("ansible-playbook");
        copyAll();
        Files.writeString(folder.resolve("book.yaml"), """
                - hosts: localhost
                  connection: local
                  gather_facts: false
                  vars: {policy_version: 12}
                  tasks:
                    - import_tasks: ansible.yaml
                """);

        assertThat(run("ansible-playbook -i localhost, --list-tasks book.yaml", Map.of()))
                .contains("Put the link into force", "Wait for the policy");
    }

    private void copyAll() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** Returns what the program prints in the folder. */
    private String run(String command, Map<String, String> environment) throws Exception {
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command.split(" "))
                .directory(folder.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        builder.environment().putAll(Map.of("PATH", Programs.path(), "HOME", folder.toString(), "LC_ALL", "C.UTF-8"));
        Process program = builder.start();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(output + Files.readString(errors)).isZero();
        return output;
    }
}
