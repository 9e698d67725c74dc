package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.DaemonDefaults.DefaultClaim;
import org.socketproxy.policy.create.Requirements.Requirement;

/** A value of a body is allowed if the daemon sets it by itself, or sets less. */
class DaemonDefaultsTest {
    private static final String DOCKER = "{'ServerVersion':'26.1.5+dfsg1','DefaultRuntime':'runc','SecurityOptions':"
            + "['name=apparmor','name=seccomp,profile=builtin']}";
    private static final String PODMAN = "{'ServerVersion':'5.4.2','BuildahVersion':'1.39','DefaultRuntime':'crun',"
            + "'SecurityOptions':['name=seccomp,profile=default']}";
    private static final String MASKED = "'/proc/asound','/proc/acpi','/proc/kcore','/proc/keys','/proc/latency_stats',"
            + "'/proc/timer_list','/proc/timer_stats','/proc/sched_debug','/proc/scsi','/sys/firmware'";
    private static final CreateRules RULES =
            new CreateRules(CreateAllowances.NONE, BindRules.NONE, new ImageRules(List.of()), Set.of(), 1 << 20);

    private static ByteBuffer json(String text) {
        return StandardCharsets.UTF_8.encode(text.replace('\'', '"'));
    }

    /** Returns true if a body with this member of HostConfig is allowed by the rules and the daemon's defaults. */
    private static boolean isAllowed(String info, String member) {
        var operation = OperationCatalogue.load().byId("ContainerCreate").orElseThrow();
        JsonBody body = JsonBody.of(json("{'HostConfig':{" + member.replace("MASKED", MASKED) + "}}"));
        assertThat(RULES.judgeBody(operation, body)).isEmpty();
        DaemonDefaults defaults = DaemonDefaults.read(json(info));
        return defaults.violations(RULES.claims(operation, body)).isEmpty();
    }

    private static String info(String daemon) {
        return switch (daemon.strip()) {
            case "docker" -> DOCKER;
            case "podman" -> PODMAN;
            case "own-runtime" -> DOCKER.replace("'runc'", "'strict'");
            case "own-seccomp" -> DOCKER.replace("profile=builtin", "profile=/etc/strict.json");
            case "unconfined" -> DOCKER.replace("profile=builtin", "profile=unconfined");
            case "docker-20.10.24" ->
                DOCKER.replace("26.1.5+dfsg1", "20.10.24").replace("profile=builtin", "profile=default");
            case "docker-29.1.5" -> DOCKER.replace("26.1.5+dfsg1", "29.1.5");
            case "docker-next" -> DOCKER.replace("26.1.5+dfsg1", "next");
            default -> daemon;
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "docker          | 'Runtime':''                          | true",
                "docker          | 'Runtime':'runc'                      | true",
                "docker          | 'Runtime':'io.containerd.runc.v2'     | true",
                "docker          | 'Runtime':'crun'                      | false",
                "docker          | 'Runtime':'oci'                       | false",
                "own-runtime     | 'Runtime':'runc'                      | false",
                "own-runtime     | 'Runtime':'io.containerd.runc.v2'     | false",
                "own-runtime     | 'Runtime':''                          | true",
                "podman          | 'Runtime':'crun'                      | true",
                "podman          | 'Runtime':'oci'                       | true",
                "podman          | 'Runtime':'runc'                      | false",
                "docker          | 'SecurityOpt':['seccomp=builtin']     | true",
                "docker          | 'SecurityOpt':['seccomp:builtin']     | true",
                "docker          | 'SecurityOpt':['apparmor=docker-default'] | true",
                "docker-20.10.24 | 'SecurityOpt':['seccomp=builtin']     | true",
                "unconfined      | 'SecurityOpt':['seccomp=builtin']     | true",
                "own-seccomp     | 'SecurityOpt':['seccomp=builtin']     | false",
                "own-seccomp     | 'SecurityOpt':['no-new-privileges']   | true",
                "podman          | 'SecurityOpt':['seccomp=builtin']     | false",
                "podman          | 'SecurityOpt':['apparmor=docker-default'] | false",
                "docker          | 'CapAdd':['NET_RAW','cap_mknod','AUDIT_WRITE'] | true",
                "podman          | 'CapAdd':['NET_RAW']                  | false",
                "podman          | 'CapAdd':['cap_mknod']                | false",
                "podman          | 'CapAdd':['AUDIT_WRITE']              | false",
                "podman          | 'CapAdd':['CHOWN','SYS_CHROOT']       | true",
                "docker-20.10.24 | 'MaskedPaths':[MASKED]                | true",
                "docker          | 'MaskedPaths':[MASKED]                | false",
                "docker          | 'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap'] | true",
                "docker          | 'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap','/x'] | true",
                "docker-29.1.5   | 'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap'] | false",
                "docker-29.1.5   | 'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap','/proc/interrupts'] | true",
                "docker-next     | 'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap'] | false",
                "podman          | 'MaskedPaths':[MASKED]                | true",
                "docker          | 'ReadonlyPaths':['/proc/bus','/proc/fs','/proc/irq','/proc/sys','/proc/sysrq-trigger'] | true",
            })
    void valueIsThatOfTheDaemonOrStricter(String daemon, String member, boolean isAllowed) {
        assertThat(isAllowed(info(daemon), member)).isEqualTo(isAllowed);
    }

    /** A limit of memory without a configured one is bounded by the memory of the daemon's machine. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "memory     | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1000}                         | ~~",
                "memory     | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1001}                         | /HostConfig/Memory",
                "memory     | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1000,'MemorySwap':2000}       | ~~",
                "memory     | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1000,'MemorySwap':2001}       | /HostConfig/MemorySwap",
                "memory:2k  | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1001}                         | ~~",
                "pids       | ContainerCreate       | 'Image':'a','HostConfig':{'Memory':1001,'PidsLimit':1}           | ~~",
                "memory     | ContainerUpdate       | 'Memory':1000                                                    | ~~",
                "memory     | ContainerUpdate       | 'Memory':1001                                                    | /Memory",
                "memory     | ContainerUpdate       | 'MemorySwap':2001                                                | /MemorySwap",
                "memory     | ContainerUpdate       | 'CpuShares':1001                                                 | ~~",
                "memory     | ServiceCreate         | 'TaskTemplate':{'Resources':{'Limits':{'MemoryBytes':1000},'SwapBytes':1000}} | ~~",
                "memory     | ServiceCreate         | 'TaskTemplate':{'Resources':{'Limits':{'MemoryBytes':1001}}}     | /TaskTemplate/Resources/Limits/MemoryBytes",
                "memory     | ServiceUpdate         | 'TaskTemplate':{'Resources':{'Limits':{'MemoryBytes':9},'SwapBytes':1001}} | /TaskTemplate/Resources/SwapBytes",
                "memory     | ContainerCreateLibpod | 'image':'busybox','resource_limits':{'memory':{'limit':1000,'swap':2000}} | ~~",
                "memory     | ContainerCreateLibpod | 'image':'busybox','resource_limits':{'memory':{'limit':1001}}          | /resource_limits/memory/limit",
                "memory     | ContainerUpdateLibpod | 'memory':{'limit':1001}                                          | /memory/limit",
                "memory     | PodCreateLibpod       | 'resource_limits':{'memory':{'limit':1001}}                      | /resource_limits/memory/limit",
            })
    void memoryIsThatOfTheDaemonsMachine(String requirement, String id, String members, String denied) {
        Map<Requirement, Long> limits = requirement.equals("memory:2k")
                ? Map.of(Requirement.MEMORY, 2048L)
                : Map.of(Requirement.of(requirement).orElseThrow(), 0L);
        CreateRules rules = new CreateRules(
                CreateAllowances.NONE, BindRules.NONE, ImageRules.ALL, new Requirements(limits), 1 << 20);
        var operation = OperationCatalogue.load().byId(id).orElseThrow();
        JsonBody body = JsonBody.of(json("{" + members + "}"));

        List<DefaultClaim> claims = rules.claims(operation, body);

        assertThat(rules.judgeBody(operation, body)).isEmpty();
        for (String total : List.of("1000", "0", "-1", "1e9", "'1000'", "99999999999999999999")) {
            DaemonDefaults defaults = DaemonDefaults.read(json("{'ServerVersion':'26.1.5','MemTotal':" + total + "}"));
            assertThat(defaults.violations(claims))
                    .as(total)
                    .hasSize(total.equals("1000") ? denied.isEmpty() ? 0 : 1 : claims.size());
        }
        assertThat(DaemonDefaults.read(json("{'MemTotal':1000}")).violations(claims))
                .extracting(Violation::pointer)
                .isEqualTo(denied.isEmpty() ? List.of() : List.of(denied));
        assertThat(claims.isEmpty()).isEqualTo(denied.isEmpty() && !members.contains("1000"));
    }

    /** Without a readable answer only what is left out is allowed. */
    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{'DefaultRuntime':''}", "{'DefaultRuntime':7,'SecurityOptions':'x'}"})
    void unreadableAnswerHasNoDefaults(String info) {
        assertThat(isAllowed(info, "'Runtime':'runc'")).isFalse();
        assertThat(isAllowed(info, "'Runtime':'oci'")).isFalse();
        assertThat(isAllowed(info, "'SecurityOpt':['seccomp=builtin']")).isFalse();
        assertThat(isAllowed(info, "'CapAdd':['NET_RAW']")).isFalse();
        assertThat(isAllowed(info, "'MaskedPaths':[MASKED,'/sys/devices/virtual/powercap']"))
                .isFalse();
        assertThat(isAllowed(info, "'Runtime':null")).isTrue();
    }
}
