package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** The schema for editors, {@code conf/profiles/policy.schema.json}, and the example beside it. */
class PolicySchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode schema() throws IOException {
        return JSON.readTree(Path.of("conf/profiles/policy.schema.json").toFile());
    }

    static Set<ValidationMessage> problems(String yaml) throws IOException {
        Object document = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(schema())
                .validate(JSON.valueToTree(document));
    }

    @Test
    void variablesAndPresetsAreThoseOfTheProgram() throws IOException {
        JsonNode profile = schema().at("/$defs/profile/properties");
        List<String> variables = new ArrayList<>();
        profile.at("/variables/properties").fieldNames().forEachRemaining(variables::add);

        assertThat(variables)
                .containsExactlyInAnyOrderElementsOf(
                        Variables.load().all().stream().map(Variable::name).toList());
        assertThat(profile.at("/preset/enum"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrderElementsOf(
                        Preset.all().stream().map(Preset::name).toList());
    }

    @Test
    void operationsAreThoseOfTheProgram() throws IOException {
        assertThat(schema().at("/$defs/operation/enum"))
                .extracting(JsonNode::asText)
                .containsExactlyElementsOf(OperationCatalogue.load().operations().stream()
                        .map(Operation::id)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "192.0.2.7",
                "172.20.0.0/24",
                "\"::1\"",
                "\"fd00::/8\"",
                "\"2001:db8::7/128\"",
                "\"::ffff:192.0.2.7\"",
            })
    void addressesThatTheProgramAcceptsAreValid(String address) throws Exception {
        String text =
                "{profiles: {a: {clients: [{network: %1$s}, {address: %1$s}, {local: %1$s}]}, b: {}}, otherwise: %2$s}";
        for (String otherwise : List.of("deny", "b")) {
            assertThat(problems(text.formatted(address, otherwise))).isEmpty();
        }
        assertThat(problems("{profiles: {otherwise: {}}}")).isNotEmpty();
        assertThat(ClientMatcher.network(address.replace("\"", ""))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "home-server/", "kubernetes/", "swarm/", "systemd/"})
    void examplesAreValid(String folder) throws IOException {
        assertThat(problems(Files.readString(Path.of("conf/profiles/" + folder + "policy.yaml"))))
                .isEmpty();
    }

    @Test
    void exampleIsValidForSchemaAndProgram() throws Exception {
        Map<String, String> environment =
                Map.of("LISTEN", "tcp://:2375,unix:///run/ci.sock?name=ci", "POLICY", "conf/profiles/policy.yaml");

        assertThat(problems(Files.readString(Path.of("conf/profiles/policy.yaml"))))
                .isEmpty();
        assertThat(Settings.read(environment, Variables.load()).policy().all())
                .extracting(ProfileSettings::name)
                .containsExactly("traefik", "ci", "otherwise");
    }

    @Test
    void templateOfLeasesIsValid() throws IOException {
        assertThat(problems(
                        "{profiles: {}, leases: {agent: {open: [{listener: control, uid: 1000}], for: 2h, at-once: 4, network: {egress: ['egress:3128']},"
                                + " projects: [/home/a], rights: {preset: testcontainers, create: {rules: safe, allow: [ports]}, targets: {images:"
                                + " {reference: '**'}}, max: {containers: 20, memory: 8g}}}}}"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{profiles: {ci: {clinets: []}}}",
                "{profiles: {ci: {until: 2026-12-01}}}",
                "{profiles: {ci: {allow: [{operation: ContainerExec, until: tomorrow}]}}}",
                "{profiles: {ci: {allow: [{until: 2026-12-01T18:00:00Z}]}}}",
                "{profiles: {ci: {clients: [{}]}}}",
                "{profiles: {ci: {clients: [{network: example.org}]}}}",
                "{profiles: {ci: {clients: [{address: 172.20.0}]}}}",
                "{profiles: {ci: {clients: [{local: 10.0.0.0/}]}}}",
                "{profiles: {ci: {allow: [ContainerWiat]}}}",
                "{profiles: {ci: {allow: [{operation: ContainerWiat}]}}}",
                "{profiles: {ci: {deny: [containerWait]}}}",
                "{profiles: {ci: {preset: treafik}}}",
                "{profiles: {ci: {}}, otherwise: otherwise}",
                "{profiles: {ci: {}}, otherwise: a b}",
                "{profiles: {deny: {}}}",
                "{profiles: {ci: {clients: [{certificate: {}}]}}}",
                "{profiles: {ci: {variables: {CONTAINERS: maybe}}}}",
                "{profiles: {ci: {create: {binds: [/srv]}}}}",
                "{profiles: {ci: {exec: id}}}",
                "{profiles: {ci: {exec: {users: [root]}}}}",
                "{profiles: {ci: {exec: {commands: []}}}}",
                "{profiles: {ci: {exec: {commands: [id], privileged: maybe}}}}",
                "{profiles: {ci: {exec: {commands: [id], tty: 1}}}}",
                "{profiles: {ci: {mask: [\"env:[A]\"]}}}",
                "{profiles: {ci: {mask: \"args:A\"}}}",
                "{profiles: {ci: {mask-keep: env}}}",
                "{profiles: {ci: {build: [npm]}}}",
                "{profiles: {ci: {build: {secret: [npm]}}}}",
                "{profiles: {ci: {build: {ssh: [\"a b\"]}}}}",
                "{profiles: {ci: {build: {registries: \"https://docker.io\"}}}}",
                "{profiles: {ci: {learn: forever}}}",
                "{profiles: {ci: {max: {exec: 0}}}}",
                "{profiles: {ci: {max: {tunnels: 1}}}}",
                "{profiles: {ci: {max: {requests: 50}}}}",
                "{profiles: {ci: {max: {requests: 0/s}}}}",
                "{profiles: {ci: {max: {requests: 1000001/s}}}}",
                "{profiles: {ci: {max: {requests: 50/h}}}}",
                "{profiles: {ci: {max: {burst: 5}}}}",
                "{profiles: {ci: {max: {requests: 50/s, burst: 0}}}}",
                "{profiles: {}, leases: {a: {}}}",
                "{profiles: {}, leases: {a: {open: [{uid: 1}], network: {egress: [a]}, rights: {create: safe}}}}",
                "{profiles: {}, leases: {a: {open: [], rights: {create: safe}}}}",
                "{profiles: {}, leases: {a: {open: [{uid: 1}], for: 2d, rights: {create: safe}}}}",
                "{profiles: {}, leases: {a: {open: [{uid: 1}], at-once: 0, rights: {create: safe}}}}",
                "{profiles: {}, leases: {a: {open: [{uid: 1}], rights: {clients: []}}}}",
                "{profiles: {}, leases: {a: {open: [{uid: 1}], rights: {targets: {label: a=b}}}}}",
                "{profiles: {}, leases: {otherwise: {open: [{uid: 1}], rights: {create: safe}}}}",
            })
    void schemaFindsProblems(String yaml) throws IOException {
        assertThat(problems(yaml)).isNotEmpty();
    }
}
