package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.create.BindRules.AllowedBind;
import org.socketproxy.policy.create.Requirements.Requirement;

/** An existing container is judged by its inspect, and only by what gives access to the host. */
class ContainerJudgeTest {
    private static final String ID = "a".repeat(64);

    /** The host configuration that dockerd 26.1 gives a container without options; null and empty values left out. */
    private static final String DOCKERD_26 =
            "\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},\"NetworkMode\":\"bridge\",\"RestartPolicy\":{\"Name\":\"no\","
                    + "\"MaximumRetryCount\":0},\"ConsoleSize\":[0,0],\"CgroupnsMode\":\"host\",\"IpcMode\":\"private\","
                    + "\"PortBindings\":{},\"BlkioWeightDevice\":[],\"Devices\":[],\"ShmSize\":67108864,\"Runtime\":\"runc\","
                    + "\"OomKillDisable\":false,\"PidsLimit\":null,\"MaskedPaths\":[\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\","
                    + "\"/proc/keys\",\"/proc/latency_stats\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/proc/sched_debug\","
                    + "\"/proc/scsi\",\"/sys/firmware\",\"/sys/devices/virtual/powercap\"],\"ReadonlyPaths\":[\"/proc/bus\","
                    + "\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]";

    /** The same of Podman 5.4, after the start. */
    private static final String PODMAN_5 =
            "\"LogConfig\":{\"Type\":\"json-file\",\"Config\":null},\"NetworkMode\":\"bridge\",\"ConsoleSize\":[0,0],"
                    + "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},\"IpcMode\":\"shareable\",\"PidMode\":\"private\","
                    + "\"UTSMode\":\"private\",\"ShmSize\":65536000,\"Runtime\":\"oci\",\"Annotations\":{\"io.container.manager\":\"libpod\","
                    + "\"org.opencontainers.image.stopSignal\":\"15\",\"org.systemd.property.KillSignal\":\"15\","
                    + "\"org.systemd.property.TimeoutStopUSec\":\"uint64 10000000\",\"io.podman.annotations.autoremove\":\"TRUE\",\"io.podman.annotations.pids-limit\":\"-1\",\"io.podman.annotations.cpuset\":\"0-1,3\",\"io.podman.annotations.memory-nodes\":\"0\"},"
                    + "\"Ulimits\":[{\"Name\":\"RLIMIT_NOFILE\","
                    + "\"Hard\":1024,\"Soft\":1024}]";

    private static List<Violation> judge(String inspect, String permissions) {
        return verdict(inspect, permissions).violations();
    }

    private static ContainerVerdict verdict(String inspect, String permissions) {
        CreateRules rules = new CreateRules(
                new CreateAllowances(List.of(permissions.split(",")).stream()
                        .filter(word -> !word.isEmpty())
                        .collect(Collectors.toMap(
                                word -> CreatePermission.of(word).orElseThrow(), any -> Set.of()))),
                new BindRules(List.of(new AllowedBind("/srv", false, true)), List.of()),
                ImageRules.ALL,
                Set.of(Requirement.MEMORY),
                1 << 20);
        return rules.judgeContainer(ByteBuffer.wrap(inspect.getBytes(StandardCharsets.UTF_8)));
    }

    private static String inspect(String hostConfig, String mounts) {
        return "{\"Id\":\"" + ID + "\",\"State\":{},\"HostConfig\":{\"New\":0" + (hostConfig.isEmpty() ? "" : ",")
                + hostConfig + "},\"Mounts\":[" + mounts + "]}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"Privileged\":false,\"CapAdd\":null,\"SecurityOpt\":null,\"Runtime\":\"runc\",\"IpcMode\":\"private\"",
                "\"PortBindings\":{},\"LogConfig\":{\"Type\":\"syslog\"},\"CgroupnsMode\":\"host\",\"Annotations\":null",
                "\"LogConfig\":{\"Type\":\"syslog\",\"Config\":{\"tag\":\"{{.Name}}/x\",\"labels-regex\":\"a+\"}}",
                "\"LogConfig\":{\"Type\":\"local\",\"Config\":{\"max-size\":\"1\",\"max-buffer-size\":\"40g\"}}",
                "\"NetworkMode\":\"my_net\",\"SecurityOpt\":[\"no-new-privileges\"],\"MaskedPaths\":null",
                "\"Binds\":[\"/etc:/s\"],\"VolumesFrom\":[\"x\"],\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/etc\"}]",
                DOCKERD_26,
                PODMAN_5,
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
                "\"PortBindings\":{\"80/tcp\":[{}]}                                               | ports",
                "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"}]}                            | ports",
                "\"PublishAllPorts\":true                                                         | ports",
                "\"Sysctls\":{\"net.x\":\"1\"}                                                    | sysctls",
                "\"CgroupParent\":\"/system.slice\"                                               | cgroup-parent",
                "\"Annotations\":{\"io.container.manager\":\"x\"}                                   | annotations",
                "\"Annotations\":{\"org.systemd.property.KillSignal\":\"15x\"}                     | annotations",
                "\"Annotations\":{\"org.systemd.property.DeviceAllow\":\"15\"}                    | annotations",
                "\"Annotations\":{\"io.container.manager\":\"libpod\",\"run.oci.x\":\"1\"}           | annotations",
                "\"Annotations\":{\"io.podman.annotations.privileged\":\"yes\"}                    | annotations",
                "\"Annotations\":{\"run.oci.x\":\"1\"}                                            | annotations",
                "\"Annotations\":{\"io.podman.annotations.pids-limit\":\"0,run.oci.x=1\"}       | annotations",
                "\"Annotations\":{\"io.podman.annotations.cpuset\":\"a\"}                        | annotations",
                "\"Links\":[\"/db:/web/db\"]                                                      | join-container",
                "\"ExtraHosts\":[\"h:host-gateway\"]                                              | host-gateway",
                "\"OomScoreAdj\":-1000                                                            | host-resources",
                "\"Cgroup\":\"container:x\"                                                       | join-container",
                "\"LogConfig\":{\"Config\":{\"tag\":\"{{pad .Name 1 9}}\"}}                             | log-template",
                "\"LogConfig\":{\"Type\":\"syslog\",\"Config\":{\"tag\":\"{{ .ID\"}}                      | log-template",
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
                "\"New\":1                    | HostConfig.New is a field that this proxy does not know",
                "\"New\":[{}]                 | HostConfig.New is a field that this proxy does not know",
                "\"privileged\":true          | HostConfig.privileged is another spelling of Privileged",
                "\"PortBindings\":[\"80\"]    | HostConfig.PortBindings is an array instead of map",
                "\"Sysctls\":\"x\"            | HostConfig.Sysctls is a string instead of map",
            })
    void fieldThatTheTableLacksIsDenied(String hostConfig, String subject) {
        assertThat(judge(inspect(hostConfig, "").replace("\"New\":0,", ""), ""))
                .singleElement()
                .satisfies(violation -> assertThat(violation.subject()).startsWith("the container's " + subject));
    }

    /** Podman's inspect of a container with {@code --rootfs} names neither an image nor the folder. */
    @ParameterizedTest
    @CsvSource({"sha256:, 1", "sha256:e2397cc7d15c, 0", "'', 0"})
    void rootOfTheHostIsDenied(String image, int count) {
        String inspect = inspect(PODMAN_5, "").replace("\"State\"", "\"Image\":\"" + image + "\",\"State\"");

        assertThat(judge(inspect, "privileged"))
                .hasSize(count)
                .allSatisfy(violation -> assertThat(violation.subject())
                        .isEqualTo("the container's Image is empty, because its root is a folder of the host"));
    }

    @Test
    void volumesOfTheMountsAreToBeJudged() {
        String mounts =
                "{\"Type\":\"volume\",\"Name\":\"a\"},{\"Type\":\"tmpfs\"},{\"Type\":\"volume\",\"Name\":\"b\"},"
                        + "{\"Type\":\"volume\",\"Name\":\"a\"}";

        assertThat(verdict(inspect("", mounts), "").volumes()).containsExactly("a", "b");
        String many = IntStream.range(0, BodyShape.MOST_VOLUMES + 1)
                .mapToObj(i -> "{\"Type\":\"volume\",\"Name\":\"v" + i + "\"}")
                .collect(Collectors.joining(","));
        assertThat(judge(inspect("", many), "")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":false,\"Propagation\":\"rprivate\"} | true",
                "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":false,\"Propagation\":\"rslave\"} | false",
                "{\"Type\":\"bind\",\"Source\":\"/srv\",\"RW\":false,\"Mode\":\"ro,Z\"}            | false",
                "{\"Type\":\"volume\",\"Name\":\"../x\"}                                             | false",
                "{\"Type\":\"volume\"}                                                               | false",
                "{\"Type\":\"image\",\"Source\":\"x\"}                                               | true",
                "{\"Type\":\"npipe\"}                                                                | false",
                "{\"Type\":\"cluster\"}                                                              | false",
                "{}                                                                                    | false",
                "\"x\"                                                                                 | false",
                "{\"Type\":\"volume\",\"Name\":\"v\",\"Source\":\"/var/lib/docker/volumes/v/_data\",\"RW\":true} | true",
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
                new CreateRules(new CreateAllowances(Map.of()), BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);
        ByteBuffer bytes =
                ByteBuffer.wrap(inspect.replace("\"ID\"", "\"" + ID + "\"").getBytes(StandardCharsets.UTF_8));

        assertThat(rules.judgeExec(bytes).violations().isEmpty()).isEqualTo(isAllowed);
    }
}
