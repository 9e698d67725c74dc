package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The chart in {@code conf/helm}, rendered by this test, because no package has Helm. The test knows only the actions of these templates,
 * and fails at others.
 */
class HelmChartTest {
    private static final Path CHART = Path.of("conf/helm");
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER));
    private static final Pattern CONDITION =
            Pattern.compile("\\s*\\{\\{- if \\.Values\\.(\\w+) }}(.*?)\\s*\\{\\{- end }}", Pattern.DOTALL);
    private static final Pattern ACTION = Pattern.compile(
            "(\\{\\{|\\s*\\{\\{-) (toYaml )?\\.(Values|Release)\\.([\\w.]+)(?: \\| (nindent|indent|sha256sum) ?(\\d*))? }}");

    private static JsonNode values() throws IOException {
        return YAML.readTree(CHART.resolve("values.yaml").toFile());
    }

    private static <T> T render(String template, JsonNode values, Class<T> type) throws IOException {
        String text = Files.readString(CHART.resolve("templates").resolve(template));
        String chosen = CONDITION
                .matcher(text)
                .replaceAll(found -> values.path(found.group(1)).asText().isEmpty() ? "" : "$2");
        String rendered = ACTION.matcher(chosen).replaceAll(action -> {
            JsonNode value = action.group(3).equals("Release")
                    ? TextNode.valueOf("proxy")
                    : values.at("/" + action.group(4).replace('.', '/'));
            assertThat(value.isMissingNode()).as(action.group()).isFalse();
            String written = action.group(2) == null ? value.asText() : yaml(value);
            return Matcher.quoteReplacement(
                    switch (String.valueOf(action.group(5))) {
                        case "nindent" -> "\n" + indent(written, action.group(6));
                        case "indent" -> indent(written, action.group(6));
                        case "sha256sum" -> "0";
                        default -> written;
                    });
        });
        assertThat(rendered).doesNotContain("{{");
        return ConfFilesTest.strict().readValue(rendered, type);
    }

    private static String yaml(JsonNode value) {
        try {
            return YAML.writeValueAsString(value).stripTrailing();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String indent(String text, String spaces) {
        return text.stripTrailing().indent(Integer.parseInt(spaces)).stripTrailing();
    }

    @Test
    void chartGivesADaemonSetWithoutRightsAndItsService() throws Exception {
        DaemonSetSpec set = render("daemonset.yaml", values(), DaemonSet.class).getSpec();

        assertThat(set.getTemplate().getMetadata().getLabels())
                .containsAllEntriesOf(set.getSelector().getMatchLabels());
        assertThat(set.getTemplate().getSpec().getAutomountServiceAccountToken())
                .isFalse();
        assertThat(set.getTemplate().getSpec().getContainers()).singleElement().satisfies(container -> {
            assertThat(container.getSecurityContext().getRunAsGroup()).isEqualTo(999);
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getEnv())
                    .extracting("name")
                    .containsExactly("SOCKET_PATH", "CONTAINERS", "MAX_CONNECTIONS");
            assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/healthz");
            assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
            assertThat(container.getVolumeMounts()).extracting("name").containsExactly("run", "socket");
        });
        assertThat(render("service.yaml", values(), Service.class).getSpec().getInternalTrafficPolicy())
                .isEqualTo("Local");
        assertThat(render("serviceaccount.yaml", values(), ServiceAccount.class).getAutomountServiceAccountToken())
                .isFalse();
        assertThat(render("networkpolicy.yaml", values(), NetworkPolicy.class)
                        .getSpec()
                        .getIngress())
                .singleElement()
                .extracting(rule -> rule.getFrom().get(0).getPodSelector().getMatchLabels())
                .isEqualTo(Map.of("docker-api", "allowed"));
    }

    @Test
    void policyBecomesAFileOfTheProxy() throws Exception {
        String policy = Files.readString(Path.of("conf/profiles/kubernetes/policy.yaml"));
        JsonNode values = ((ObjectNode) values()).put("policy", policy);

        assertThat(render("configmap.yaml", values, ConfigMap.class).getData()).containsEntry("policy.yaml", policy);
        assertThat(render("daemonset.yaml", values, DaemonSet.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getVolumes())
                .extracting("name")
                .containsExactly("run", "socket", "policy");
    }

    @ParameterizedTest
    @CsvSource({
        "socketGroup, 0, 1",
        "socketGroup, 999, 0",
        "socketPath, docker.sock, 1",
        "clientLabels, {}, 1",
        "unknown, 1, 1",
        "env, '[{\"name\": \"lower\"}]', 1",
    })
    void wrongValueIsRefused(String name, String value, int problems) throws Exception {
        ObjectNode values = (ObjectNode) values();
        values.set(name, YAML.readTree(value));

        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
                        .getSchema(Files.readString(CHART.resolve("values.schema.json")))
                        .validate(values))
                .hasSize(problems);
    }
}
