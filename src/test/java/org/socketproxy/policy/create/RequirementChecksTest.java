package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.Requirements.Requirement;

/** Tests what {@code CREATE_REQUIRE} and {@code CREATE_IMAGES} find missing in a body. */
class RequirementChecksTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final String CONTAINER = "\"Image\":\"local/a\",\"User\":\"1000\",\"HostConfig\":{\"Memory\":1,"
            + "\"NanoCpus\":1,\"CapDrop\":[\"ALL\"],\"PidsLimit\":1,\"ReadonlyRootfs\":true,\"SecurityOpt\":[\"no-new-privileges\"]}";
    private static final String SERVICE = "\"Name\":\"a\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"local/a\","
            + "\"CapabilityDrop\":[\"ALL\"],\"User\":\"1000\",\"ReadOnly\":true,\"Privileges\":{\"NoNewPrivileges\":true}},"
            + "\"Resources\":{\"Limits\":{\"MemoryBytes\":1,\"NanoCPUs\":1,\"Pids\":1}}}";

    private static String missing(String operation, String body) {
        CreateRules rules = new CreateRules(
                CreateAllowances.NONE,
                BindRules.NONE,
                new ImageRules(List.of("local/**")),
                EnumSet.complementOf(EnumSet.of(Requirement.NETWORK, Requirement.ISOLATED, Requirement.DIGEST)),
                1 << 20);
        return rules
                .judgeBody(
                        CATALOGUE.byId(operation).orElseThrow(),
                        JsonBody.of(StandardCharsets.UTF_8.encode("{" + body + "}")))
                .stream()
                .map(violation -> violation.kind() + " " + violation.pointer())
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"x\"                | \"x\"                  | ~~",
                "\"Memory\":1         | \"Memory\":0           | REQUIRED /HostConfig/Memory",
                "\"Memory\":1         | \"Memory\":-1          | REQUIRED /HostConfig/Memory",
                "\"PidsLimit\":1      | \"PidsLimit\":0        | REQUIRED /HostConfig/PidsLimit",
                "\"PidsLimit\":1      | \"PidsLimit\":-1       | REQUIRED /HostConfig/PidsLimit",
                ":true                | :false                 | REQUIRED /HostConfig/ReadonlyRootfs",
                "[\"no-new-privileges\"] | []                  | REQUIRED /HostConfig/SecurityOpt",
                "\"Image\":\"local/a\",  | ~~                  | REQUIRED /Image",
                "\"1000\"             | \"\"                   | REQUIRED /User",
                "\"1000\"             | \"1\"                  | ~~",
                "\"1000\"             | \"9\"                  | ~~",
                "\"1000\"             | \"09\"                 | ~~",
                "\"1000\"             | \"0\"                  | REQUIRED /User",
                "\"1000\"             | \"00\"                 | REQUIRED /User",
                "\"1000\"             | \"1:0\"                | ~~",
                "\"1000\"             | \"1/\"                 | REQUIRED /User",
                "\"1000\"             | \"1;\"                 | REQUIRED /User",
                "\"1000\"             | \"999999999\"          | ~~",
                "\"1000\"             | \"4294967296\"         | REQUIRED /User",
            })
    void containerHasWhatIsRequired(String before, String after, String expected) {
        assertThat(missing("ContainerCreate", CONTAINER.replace(before, after))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"x\"                 | \"x\"                   | ~~",
                "\"MemoryBytes\":1     | \"MemoryBytes\":0       | REQUIRED /TaskTemplate/Resources/Limits/MemoryBytes",
                "\"Pids\":1            | \"Pids\":0              | REQUIRED /TaskTemplate/Resources/Limits/Pids",
                "\"ReadOnly\":true     | \"ReadOnly\":false      | REQUIRED /TaskTemplate/ContainerSpec/ReadOnly",
                "\"User\":\"1000\"     | \"User\":\"root\"       | REQUIRED /TaskTemplate/ContainerSpec/User",
                "\"Image\":\"local/a\",   | ~~                   | REQUIRED /TaskTemplate/ContainerSpec/Image",
                "{\"NoNewPrivileges\":true} | {}                 | REQUIRED /TaskTemplate/ContainerSpec/Privileges/NoNewPrivileges",
            })
    void serviceHasWhatIsRequired(String before, String after, String expected) {
        assertThat(missing("ServiceCreate", SERVICE.replace(before, after))).isEqualTo(expected);
        assertThat(missing("ServiceUpdate", SERVICE.replace(before, after))).isEqualTo(expected);
    }

    /** An update removes no limit, and a command has the user of the container or another one than root. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ContainerUpdate | ~~                              | ~~",
                "ContainerUpdate | \"Memory\":1                    | ~~",
                "ContainerUpdate | \"Memory\":0                    | ~~",
                "ContainerUpdate | \"Memory\":-1                   | REQUIRED /Memory",
                "ContainerUpdate | \"PidsLimit\":1                 | ~~",
                "ContainerUpdate | \"PidsLimit\":null              | ~~",
                "ContainerUpdate | \"PidsLimit\":0                 | REQUIRED /PidsLimit",
                "ContainerUpdate | \"PidsLimit\":-1                | REQUIRED /PidsLimit",
                "ContainerExec   | \"Cmd\":[\"a\"]                 | ~~",
                "ContainerExec   | \"Cmd\":[\"a\"],\"User\":\"\"     | ~~",
                "ContainerExec   | \"Cmd\":[\"a\"],\"User\":\"1000\" | ~~",
                "ContainerExec   | \"Cmd\":[\"a\"],\"User\":\"0\"    | REQUIRED /User",
                "ContainerExec   | \"Cmd\":[\"a\"],\"User\":\"root\" | REQUIRED /User",
            })
    void bodyWithoutTheFieldChangesNothing(String operation, String body, String expected) {
        assertThat(missing(operation, body)).isEqualTo(expected);
    }

    /** Bodies in which the proxy has written no address. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ContainerCreate | \"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\"},{\"HostIp\":\"::1\"}]}} | ~~",
                "ContainerCreate | \"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"10.0.0.1\"}]}} | REQUIRED /HostConfig/PortBindings/80~1tcp/0/HostIp",
                "ContainerCreate | \"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.1\"}]}} | REQUIRED /HostConfig/PortBindings/80~1tcp/0/HostIp",
                "ContainerCreate | \"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"}]}} | REQUIRED /HostConfig/PortBindings/80~1tcp/0/HostIp",
                "ContainerCreate | \"HostConfig\":{\"PortBindings\":{\"80/tcp\":[]}} | REQUIRED /HostConfig/PortBindings/80~1tcp",
                "ContainerCreate | \"HostConfig\":{\"PublishAllPorts\":true}  | REQUIRED /HostConfig/PublishAllPorts",
                "ContainerCreate | \"HostConfig\":{\"PublishAllPorts\":false} | ~~",
                "ContainerCreateLibpod | \"portmappings\":[{\"host_ip\":\"127.0.0.1\",\"host_port\":80}] | ~~",
                "ContainerCreateLibpod | \"portmappings\":[{\"host_port\":80}] | REQUIRED /portmappings/0/host_ip",
                "ContainerCreateLibpod | \"publish_image_ports\":true | REQUIRED /publish_image_ports",
                "PodCreateLibpod | \"portmappings\":[{\"host_ip\":\"0.0.0.0\"}] | REQUIRED /portmappings/0/host_ip",
                "ServiceCreate   | \"EndpointSpec\":{\"Ports\":[{\"PublishedPort\":80}]} | REQUIRED /EndpointSpec/Ports/0",
                "ContainerUpdate | \"Memory\":1 | ~~",
            })
    void portsAreAtTheLoopbackAddress(String operation, String body, String expected) {
        CreateRules rules = new CreateRules(
                new CreateAllowances(Map.of(CreatePermission.PORTS, Set.of())),
                BindRules.NONE,
                new ImageRules(List.of()),
                EnumSet.of(Requirement.LOOPBACK),
                1 << 20);

        assertThat(rules
                        .judgeBody(
                                CATALOGUE.byId(operation).orElseThrow(),
                                JsonBody.of(StandardCharsets.UTF_8.encode("{" + body + "}")))
                        .stream()
                        .map(violation -> violation.kind() + " " + violation.pointer())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(expected);
    }
}
