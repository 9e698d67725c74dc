package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;

/** The objects that requests add to a profile. */
class DemandTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    private static Demand read(String operation, String body) {
        JsonBody json = JsonBody.of(StandardCharsets.UTF_8.encode(body.replace('\'', '"')));
        return Demand.of(operation(operation), json.object(), "c1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerCreate | {'HostConfig':{'Memory':6,'NanoCpus':7,'PidsLimit':8}} | 6 | 7 | 8",
                "ContainerCreate | {'HostConfig':{'Memory':0,'NanoCpus':0,'PidsLimit':0}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'Memory':-1,'NanoCpus':-1,'PidsLimit':-1}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'Memory':null,'PidsLimit':null}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'Memory':'6','NanoCpus':1e9,'PidsLimit':8.0}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'Memory':99999999999999999999}} | - | - | -",
                "ContainerCreate | {'Memory':6} | - | - | -",
                "ContainerCreate | {} | - | - | -",
                "ContainerCreate | {'HostConfig':{'NanoCPUs':7}} | - | 7 | -",
                "ContainerCreate | {'HostConfig':{'NanoCpus':7,'NanoCPUs':0}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':50000}} | - | 500000000 | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':100000,'CpuPeriod':50000}} | - | 2000000000 | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':1,'CpuPeriod':3}} | - | 333334000 | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':50000,'NanoCpus':7}} | - | 500000000 | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':-1}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'CpuPeriod':50000}} | - | - | -",
                "ContainerCreate | {'HostConfig':{'CpuQuota':9999999999999}} | - | - | -",
                "ContainerCreateLibpod | {'resource_limits':{'memory':{'limit':6},'cpu':{'quota':50000,'period':100000},'pids':{'limit':8}}} | 6 | 500000000 | 8",
                "ContainerCreateLibpod | {'resource_limits':{'memory':{'limit':0},'cpu':{'quota':0},'pids':{'limit':-1}}} | - | - | -",
                "ContainerCreateLibpod | {} | - | - | -",
                "ContainerUpdate | {'Memory':6,'NanoCpus':7,'PidsLimit':8} | 6 | 7 | 8",
                "ContainerUpdate | {'Memory':0,'NanoCpus':0,'PidsLimit':null,'CpuQuota':0,'CpuPeriod':0} | 0 | 0 | 0",
                "ContainerUpdate | {'Memory':-1,'NanoCpus':-1,'PidsLimit':0} | - | - | -",
                "ContainerUpdate | {'CpuQuota':-1,'PidsLimit':-1} | 0 | - | -",
                "ContainerUpdate | {'CpuPeriod':1000} | 0 | - | 0",
                "ContainerUpdate | {'CpuQuota':50000} | 0 | 50000000000 | 0",
                "ContainerUpdate | {'CpuQuota':50000,'CpuPeriod':100000} | 0 | 500000000 | 0",
                "ContainerUpdate | {'RestartPolicy':{'Name':'no'}} | 0 | 0 | 0",
                "ContainerUpdateLibpod | {'memory':{'limit':6},'pids':{'limit':8}} | 6 | 0 | 8",
                "ContainerUpdateLibpod | {'memory':{'limit':0},'cpu':{'quota':-1},'pids':{'limit':0}} | - | - | -",
                "ContainerUpdateLibpod | {'memory':{'limit':null}} | - | 0 | 0",
                "ContainerUpdateLibpod | {'pids':{}} | 0 | 0 | -",
                "ContainerUpdateLibpod | {'pids':null,'cpu':{'quota':50000}} | 0 | 50000000000 | 0",
                "ContainerUpdateLibpod | {'cpu':{'shares':2}} | 0 | 0 | 0",
            })
    void limitsAreRead(String operation, String body, String memory, String cpus, String pids) {
        assertThat(read(operation, body).resources()).isEqualTo(new Resources(limit(memory), limit(cpus), limit(pids)));
    }

    private static long limit(String text) {
        return text.equals("-") ? Resources.UNLIMITED : Long.parseLong(text);
    }

    @Test
    void volumesOfABodyAreNamedOnce() {
        Demand demand = read(
                "ContainerCreate",
                "{'HostConfig':{'Binds':['a:/a','/srv:/b','a:/c'],'Mounts':[{'Type':'volume','Source':'b','Target':'/d'},"
                        + "{'Type':'volume','Target':'/e'},{'Type':'tmpfs','Target':'/f'}]}}");

        assertThat(demand.containers()).isEqualTo(1);
        assertThat(demand.volumes()).isEqualTo(Set.of("a", "b"));
        assertThat(demand.unnamedVolumes()).isEqualTo(1);
        assertThat(demand.ofVolumes().volumes()).isEqualTo(Set.of("a", "b"));
        assertThat(demand.ofVolumes().containers()).isZero();
        assertThat(read("VolumeCreate", "{'Name':'a'}").volumes()).isEqualTo(Set.of("a"));
        assertThat(read("VolumeCreate", "{'Name':''}").unnamedVolumes()).isEqualTo(1);
        assertThat(read("VolumeCreate", "{'Name':'a'}").ofVolumes().isEmpty()).isTrue();
        assertThat(read("NetworkCreateLibpod", "{}").networks()).isEqualTo(1);
    }

    @Test
    void whatTheDaemonDecidesIsUncountable() {
        assertThat(read("ServiceCreate", "{}").isUncountable()).isTrue();
        assertThat(read("ServiceUpdate", "{}").isUncountable()).isTrue();
        assertThat(read("PodCreateLibpod", "{}").isUncountable()).isTrue();
        assertThat(read("PodCreateLibpod", "{'no_infra':true}").isEmpty()).isTrue();
    }

    @Test
    void updateWithoutLimitsAsksForNothing() {
        assertThat(read("ContainerUpdate", "{'RestartPolicy':{'Name':'no'}}").isEmpty())
                .isTrue();
        assertThat(read("ContainerUpdate", "{'Memory':6}").updated()).isEqualTo("c1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ContainerCreate",
                "ContainerCreateLibpod",
                "ContainerUpdate",
                "ContainerUpdateLibpod",
                "PodCreateLibpod",
                "ServiceCreate",
                "ServiceUpdate"
            })
    void operationsOfContainersAreKnown(String operation) {
        assertThat(Demand.isOfContainers(operation(operation))).isTrue();
        assertThat(Demand.isOfContainers(operation("ContainerStart"))).isFalse();
    }
}
