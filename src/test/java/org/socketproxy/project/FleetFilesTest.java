package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Settings;
import org.socketproxy.minisign.SecretKey;
import org.socketproxy.policy.Variables;

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
}
