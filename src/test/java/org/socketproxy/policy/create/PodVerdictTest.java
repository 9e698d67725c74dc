package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An existing pod of Podman, and its containers, judged by the descriptions of the daemon. */
class PodVerdictTest {
    private static final String POD = "'Id':'{p}','Name':'web','CgroupParent':'/libpod_parent',"
            + "'CgroupPath':'/libpod_parent/{p}','InfraContainerID':'{i}','Containers':[{'Id':'{i}'},{'Id':'{c}'}]";
    private static final String WITHOUT_INFRA = "'Id':'{p}','Name':'web','CgroupParent':'/libpod_parent',"
            + "'CgroupPath':'/libpod_parent/{p}','CreateInfra':false,'Containers':[{'Id':'{c}'}]";

    private static CreateRules rules(CreatePermission... permissions) {
        return new CreateRules(
                new CreateAllowances(
                        Set.of(permissions).stream().collect(Collectors.toMap(each -> each, each -> Set.of()))),
                BindRules.NONE,
                ImageRules.ALL,
                Set.of(),
                1 << 20);
    }

    /** Writes {@code {c}} as an id of 64 letters c. */
    private static ByteBuffer json(String text) {
        String ids = text;
        for (String letter : new String[] {"p", "i", "c", "o"}) {
            ids = ids.replace(
                    "{" + letter + "}",
                    letter.replace('p', 'd').replace('i', 'e').replace('o', 'f').repeat(64));
        }
        return StandardCharsets.UTF_8.encode("{" + ids.replace('\'', '"') + "}");
    }

    private static String subjects(List<Violation> violations) {
        return violations.stream().map(Violation::subject).collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "x                        | x                    | ``",
                "/libpod_parent'          | /libpod_parent/x'    | the pod's CgroupParent is set",
                "/libpod_parent'          | machine.slice'       | ``",
                "/libpod_parent'          | system.slice'        | the pod's CgroupParent is set",
                "/libpod_parent'          | '                    | ``",
                "'Id':'{p}'               | 'Id':'x'             | unreadable",
                "'Id':'{p}',              | ``                   | unreadable",
                "'InfraContainerID':'{i}' | 'InfraContainerID':'{o}' | unreadable",
                "'InfraContainerID':'{i}' | 'InfraContainerID':''    | ``",
                "{'Id':'{c}'}             | {'Id':'c'}           | unreadable",
                "{'Id':'{c}'}             | 7                    | unreadable",
                "[{'Id':'{i}'},{'Id':'{c}'}] | {}                | unreadable",
                "[{'Id':'{i}'},{'Id':'{c}'}] | null              | unreadable",
                "'Name':'web'             | 'Name':              | unreadable",
            })
    void podItself(String before, String after, String expected) {
        PodVerdict pod = rules().judgePod(json(POD.replace(before, after)));

        assertThat(subjects(pod.violations()))
                .isEqualTo(
                        expected.equals("unreadable")
                                ? "the daemon's description of the pod cannot be read"
                                : expected);
        assertThat(pod.id().isEmpty()).isEqualTo(expected.equals("unreadable"));
    }

    @Test
    void permissionAllowsTheParentOfTheControlGroup() {
        PodVerdict pod = rules(CreatePermission.CGROUP_PARENT).judgePod(json(POD.replace("_parent'", "_parent/x'")));

        assertThat(pod.violations()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"64, ''", "65, the pod's Containers are more than 64"})
    void numberOfContainersIsLimited(int count, String expected) {
        String containers = IntStream.range(0, count)
                .mapToObj(i -> "{'Id':'" + String.format("%064x", i) + "'}")
                .collect(Collectors.joining(","));

        PodVerdict pod = rules().judgePod(json(WITHOUT_INFRA.replace("{'Id':'{c}'}", containers)));

        assertThat(subjects(pod.violations())).isEqualTo(expected);
    }

    /** The host configurations have the form of those of Podman 5.4. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{c} | 'NetworkMode':'bridge' | ``",
                "{c} | 'NetworkMode':'container:{i}','IpcMode':'container:{i}','UTSMode':'container:{i}' | ``",
                "{c} | 'PidMode':'container:{i}','CgroupParent':'/libpod_parent/{p}' | ``",
                "{c} | 'Annotations':{'io.kubernetes.cri-o.SandboxID':'{i}','io.container.manager':'libpod'} | ``",
                "{i} | 'CgroupParent':'/libpod_parent/{p}' | ``",
                "{c} | 'NetworkMode':'container:{o}' | the container's HostConfig.NetworkMode joins another container",
                "{c} | 'NetworkMode':'container:{i}','IpcMode':'container:{o}' | the container's HostConfig.NetworkMode joins"
                        + " another container; the container's HostConfig.IpcMode joins another container",
                "{c} | 'NetworkMode':'container:web' | the container's HostConfig.NetworkMode joins another container",
                "{c} | 'NetworkMode':'container:{i}','PidMode':'host' | the container's HostConfig.PidMode is host",
                "{c} | 'CgroupParent':'/libpod_parent/{o}' | the container's HostConfig.CgroupParent is set",
                "{c} | 'CgroupParent':'/x' | the container's HostConfig.CgroupParent is set",
                "{c} | 'Annotations':{'io.kubernetes.cri-o.SandboxID':'{p}'} | the container's HostConfig.Annotations is set",
                "{c} | 'Annotations':{'io.kubernetes.cri-o.SandboxID':'{i}','a':'b'} | the container's HostConfig.Annotations is"
                        + " set",
                "{c} | 'NetworkMode':'container:{i}','Privileged':true | the container's HostConfig.Privileged is true",
                "{o} | 'NetworkMode':'container:{i}' | the container's HostConfig.NetworkMode joins another container",
                "{o} | 'CgroupParent':'/libpod_parent/{p}' | the container's HostConfig.CgroupParent is set",
            })
    void containerWithInfraContainer(String id, String hostConfig, String expected) {
        assertThat(judge(POD, id, hostConfig)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'Annotations':{'io.kubernetes.cri-o.SandboxID':'{p}'},'CgroupParent':'/libpod_parent/{p}' | ``",
                "'Annotations':{'io.kubernetes.cri-o.SandboxID':'{c}'} | the container's HostConfig.Annotations is set",
                "'NetworkMode':'container:{c}' | the container's HostConfig.NetworkMode joins another container",
            })
    void containerWithoutInfraContainer(String hostConfig, String expected) {
        assertThat(judge(WITHOUT_INFRA, "{c}", hostConfig)).isEqualTo(expected);
    }

    private static String judge(String pod, String id, String hostConfig) {
        ContainerVerdict container =
                rules().judgeContainer(json("'Id':'" + id + "','HostConfig':{'ShmSize':1," + hostConfig + "}"));
        return subjects(rules().judgePod(json(pod)).of(container));
    }

    @Test
    void containerThatTheRequestDoesNotNameIsReportedAsOneOfThePod() {
        ContainerVerdict container = rules().judgeContainer(json("'Id':'{c}','HostConfig':{'Privileged':true}"));

        assertThat(subjects(rules().judgePod(json(POD)).ofAnother(container)))
                .isEqualTo("in the pod, the container's HostConfig.Privileged is true");
    }
}
