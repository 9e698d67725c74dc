package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An existing container is judged by its inspect, and only by what gives access to the host. */
class ContainerJudgeTest {
    private static final String ID = "a".repeat(64);

    private static List<Violation> judge(String inspect, String permissions) {
        CreateRules rules = new CreateRules(
                new Permissions(List.of(permissions.split(",")).stream()
                        .filter(word -> !word.isEmpty())
                        .collect(Collectors.toMap(
                                word -> CreatePermission.of(word).orElseThrow(), any -> Set.of()))),
                new BindRules(List.of(new AllowedBind("/srv", false, true)), List.of()),
                ImageRules.ALL,
                Set.of(Requirement.MEMORY),
                1 << 20);
        return rules.judgeContainer(ByteBuffer.wrap(inspect.getBytes(StandardCharsets.UTF_8)))
                .violations();
    }

    private static String inspect(String hostConfig, String mounts) {
        return "{\"Id\":\"" + ID + "\",\"State\":{},\"HostConfig\":{\"New\":1" + (hostConfig.isEmpty() ? "" : ",")
                + hostConfig + "},\"Mounts\":[" + mounts + "]}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"Privileged\":false,\"CapAdd\":null,\"SecurityOpt\":null,\"Runtime\":\"runc\",\"IpcMode\":\"private\"",
                "\"PortBindings\":{\"80/tcp\":[{}]},\"LogConfig\":{\"Type\":\"syslog\"},\"CgroupnsMode\":\"host\"",
                "\"NetworkMode\":\"my_net\",\"SecurityOpt\":[\"no-new-privileges\"],\"MaskedPaths\":null",
                "\"Binds\":[\"/srv:/s:ro\"],\"PublishAllPorts\":true,\"Sysctls\":{\"net.x\":\"1\"}",
            })
    void ordinaryContainerMayBeEntered(String hostConfig) {
        assertThat(judge(inspect(hostConfig, ""), "")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"Privileged\":true,\"SecurityOpt\":[\"label=disable\"],\"MaskedPaths\":[]         | privileged",
                "\"PidMode\":\"host\",\"SecurityOpt\":[\"label=disable\"]                           | host-pid",
                "\"IpcMode\":\"host\",\"SecurityOpt\":[\"label=disable\"]                           | host-ipc",
                "\"SecurityOpt\":[\"label=disable\"]                                                | security-opt",
                "\"SecurityOpt\":[\"seccomp=unconfined\"]                                           | security-opt",
                "\"MaskedPaths\":[]                                                                 | security-opt",
                "\"NetworkMode\":\"host\"                                                           | host-network",
                "\"NetworkMode\":\"container:x\"                                                    | join-container",
                "\"UTSMode\":\"host\"                                                               | host-uts",
                "\"UsernsMode\":\"host\"                                                            | host-userns",
                "\"CapAdd\":[\"SYS_ADMIN\"]                                                         | capabilities",
                "\"Devices\":[{\"PathOnHost\":\"/dev/sda\"}]                                        | devices",
                "\"DeviceCgroupRules\":[\"a\"]                                                      | privileged",
                "\"DeviceRequests\":[{\"Count\":-1}]                                                | gpu",
                "\"Runtime\":\"x\"                                                                  | runtime",
                "\"GroupAdd\":[\"0\"]                                                               | group-add",
            })
    void containerWithAccessToTheHostNeedsThePermission(String hostConfig, String permission) {
        assertThat(judge(inspect(hostConfig, ""), ""))
                .isNotEmpty()
                .allSatisfy(violation -> assertThat(violation.subject()).startsWith("the container's HostConfig."));
        assertThat(judge(inspect(hostConfig, ""), permission)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Type\":\"volume\",\"Source\":\"/var/lib/docker/volumes/v/_data\",\"RW\":true} | true",
                "{\"Type\":\"tmpfs\",\"Destination\":\"/t\",\"RW\":true}                          | true",
                "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":false}                             | true",
                "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":true}                              | false",
                "{\"Type\":\"bind\",\"Source\":\"/srv\"}                                          | false",
                "{\"Type\":\"bind\",\"Source\":\"/etc\",\"RW\":false}                             | false",
                "{\"Type\":\"bind\",\"Source\":\"/var/run/docker.sock\",\"RW\":false}             | false",
                "{\"Type\":\"tmpfs\"},{\"Type\":\"bind\",\"Source\":\"/\",\"RW\":false}           | false",
            })
    void mountsAreJudgedByBinds(String mounts, boolean isAllowed) {
        assertThat(judge(inspect("", mounts), "").isEmpty()).isEqualTo(isAllowed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"Id\":\"x\",\"HostConfig\":{\"A\":1}}",
                "{\"HostConfig\":{\"A\":1}}",
                "{\"Id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
                "{\"Id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"HostConfig\":{}}",
                "{\"Id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"HostConfig\":[]}",
                "{\"Id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"HostConfig\":{\"A\":1}",
            })
    void inspectOfAnotherFormIsDenied(String inspect) {
        assertThat(judge(inspect, "")).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"ContainerID\":\"ID\",\"ProcessConfig\":{\"privileged\":false}} | true",
                "{\"ContainerID\":\"ID\",\"ProcessConfig\":{}}                     | true",
                "{\"ContainerID\":\"ID\",\"ProcessConfig\":{\"privileged\":true}}  | false",
                "{\"ContainerID\":\"x\",\"ProcessConfig\":{}}                      | false",
                "{\"ContainerID\":\"ID\"}                                          | false",
                "{\"ProcessConfig\":{}}                                            | false",
                "[]                                                                | false",
            })
    void execIsJudgedByItsInspect(String inspect, boolean isAllowed) {
        CreateRules rules =
                new CreateRules(new Permissions(Map.of()), BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);
        ByteBuffer bytes =
                ByteBuffer.wrap(inspect.replace("\"ID\"", "\"" + ID + "\"").getBytes(StandardCharsets.UTF_8));

        assertThat(rules.judgeExec(bytes).violations().isEmpty()).isEqualTo(isAllowed);
    }
}
