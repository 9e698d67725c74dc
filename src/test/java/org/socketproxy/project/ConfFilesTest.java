package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;

/** The examples in {@code conf} give the proxy minimal privileges and the client all variables of its preset. */
class ConfFilesTest {
    private static final Path KUBERNETES = Path.of("conf/kubernetes/daemonset.yaml");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    static List<Path> compose() throws IOException {
        return ComposeFilesIT.files();
    }

    @ParameterizedTest
    @MethodSource("compose")
    void proxyHasMinimalPrivileges(Path file) throws IOException {
        JsonNode proxy = YAML.readTree(file.toFile()).at("/services/socket-proxy");

        assertThat(proxy.at("/read_only").asBoolean()).isTrue();
        assertThat(proxy.at("/cap_drop").toString()).isEqualTo("[\"ALL\"]");
        assertThat(proxy.at("/cap_add").toString()).isEqualTo("[\"SETUID\",\"SETGID\"]");
        // Swarm does not support security_opt.
        assertThat(proxy.at("/security_opt").toString())
                .isEqualTo(file.endsWith("swarm.yaml") ? "" : "[\"no-new-privileges:true\"]");
        assertThat(proxy.at("/volumes").toString()).isEqualTo("[\"/var/run/docker.sock:/var/run/docker.sock:ro\"]");
    }

    @ParameterizedTest
    @MethodSource("compose")
    void portsArePublishedOnLoopbackOnly(Path file) throws IOException {
        JsonNode services = YAML.readTree(file.toFile()).at("/services");

        assertThat(services).isNotEmpty();
        assertThat(services.findValues("ports"))
                .allSatisfy(ports ->
                        assertThat(ports).extracting(JsonNode::asText).allMatch(port -> port.startsWith("127.0.0.1:")));
    }

    @ParameterizedTest
    @MethodSource("compose")
    void proxyIsReachableOnInternalNetworksOnly(Path file) throws IOException {
        JsonNode compose = YAML.readTree(file.toFile());

        assertThat(compose.at("/services/socket-proxy/networks"))
                .extracting(JsonNode::asText)
                .contains("docker-api")
                .isSubsetOf("docker-api", "page");
        assertThat(compose.at("/networks/docker-api/internal").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ci, docker-ci",
        "compose, traefik",
        "diun, diun",
        "dozzle, dozzle",
        "homepage, homepage",
        "portainer, portainer-readonly",
        "watchtower, watchtower",
    })
    void clientHasAllVariablesOfItsPreset(String file, String name) throws Exception {
        Map<String, String> environment = new HashMap<>();
        YAML.readTree(Path.of("conf", file + ".yaml").toFile())
                .at("/services/socket-proxy/environment")
                .properties()
                .forEach(variable ->
                        environment.put(variable.getKey(), variable.getValue().asText()));
        Preset preset = Preset.all().stream()
                .filter(it -> it.name().equals(name))
                .findFirst()
                .orElseThrow();

        assertThat(Settings.read(environment, Variables.load())
                        .policy()
                        .otherwise()
                        .granted())
                .containsAll(preset.variables());
    }

    /** Ignores Fabric8's setters for unknown fields, so that an unknown field is an error. */
    static ObjectMapper strict() {
        return new ObjectMapper(new YAMLFactory())
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                    private static final long serialVersionUID = 1;

                    @Override
                    public Boolean hasAnySetter(Annotated annotated) {
                        return false;
                    }
                });
    }

    private static List<JsonNode> kubernetes(String text) throws IOException {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(text)) {
            return documents.readAll();
        }
    }

    @Test
    void daemonSetIsValidAndItsConnectionsFitIntoItsMemory() throws Exception {
        List<JsonNode> documents = kubernetes(Files.readString(KUBERNETES));
        DaemonSet set = strict().treeToValue(documents.get(0), DaemonSet.class);
        Container container =
                set.getSpec().getTemplate().getSpec().getContainers().get(0);
        Map<String, String> environment = new HashMap<>();
        for (EnvVar variable : container.getEnv()) {
            environment.put(variable.getName(), variable.getValue());
        }
        Settings settings = Settings.read(environment, Variables.load());

        assertThat(settings.limits().maxConnections()).isEqualTo(1500);
        assertThat(container.getResources().getLimits().get("memory").toString())
                .isEqualTo("160Mi");
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(set.getSpec().getTemplate().getMetadata().getLabels())
                .containsAllEntriesOf(set.getSpec().getSelector().getMatchLabels());
    }

    @Test
    void networkPolicyAllowsOnlyLabelledPodsToReachThePort() throws Exception {
        List<JsonNode> documents = kubernetes(Files.readString(KUBERNETES));
        NetworkPolicy policy = strict().treeToValue(documents.get(1), NetworkPolicy.class);

        assertThat(documents)
                .extracting(document -> document.at("/kind").asText())
                .containsExactly("DaemonSet", "NetworkPolicy", "Service", "ServiceAccount");
        assertThat(policy.getSpec().getPodSelector().getMatchLabels()).isEqualTo(Map.of("app", "socket-proxy"));
        assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
        assertThat(policy.getSpec().getEgress()).isEmpty();
        assertThat(policy.getSpec().getIngress()).singleElement().satisfies(rule -> {
            assertThat(rule.getPorts())
                    .singleElement()
                    .matches(port -> port.getPort().getIntVal() == 2375);
            assertThat(rule.getFrom()).hasSize(1);
        });
    }

    @Test
    void clientReachesTheProxyOfItsNodeAndNobodyGetsAToken() throws Exception {
        List<JsonNode> documents = kubernetes(Files.readString(KUBERNETES));

        assertThat(strict().treeToValue(documents.get(2), Service.class)
                        .getSpec()
                        .getInternalTrafficPolicy())
                .isEqualTo("Local");
        assertThat(strict().treeToValue(documents.get(3), ServiceAccount.class).getAutomountServiceAccountToken())
                .isFalse();
    }

    @Test
    void unknownKubernetesFieldIsAnError() throws IOException {
        JsonNode set = kubernetes(Files.readString(KUBERNETES).replace("readOnlyRootFilesystem", "readOnlyFilesystem"))
                .get(0);

        assertThatThrownBy(() -> strict().treeToValue(set, DaemonSet.class))
                .isInstanceOf(UnrecognizedPropertyException.class)
                .hasMessageContaining("readOnlyFilesystem");
    }
}
