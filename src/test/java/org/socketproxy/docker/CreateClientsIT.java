package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.DockerPy;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** docker-java and docker-py send bodies that {@code CREATE=safe} accepts, and read its denials. */
class CreateClientsIT {
    private static final Map<String, String> LABELS = Map.of("create-clients-it", "1");

    @TempDir
    static Path folder;

    private static ProxyUnderTest proxy;
    private static RealDocker docker;
    private static DockerClient client;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        environment.put("CREATE", "safe");
        proxy = ProxyUnderTest.with(docker.socket(), environment);
        client = DockerJava.client("tcp://127.0.0.1:" + proxy.port());
    }

    @AfterAll
    static void stop() throws IOException {
        if (client != null) {
            client.close();
            proxy.close();
            docker.cli(folder, Map.of())
                    .script("docker ps -aq --filter label=create-clients-it | xargs -r docker rm -fv;"
                            + " docker volume ls -q --filter label=create-clients-it | xargs -r docker volume rm;"
                            + " docker network ls -q --filter label=create-clients-it | xargs -r docker network rm");
        }
    }

    @Test
    void dockerJavaCreatesStartsAndEntersAContainer() throws Exception {
        client.createVolumeCmd().withName("java-create-it").withLabels(LABELS).exec();
        client.createNetworkCmd()
                .withName("java-create-it")
                .withDriver("bridge")
                .withInternal(true)
                .withEnableIpv6(false)
                .withLabels(LABELS)
                .exec();
        String id = client.createContainerCmd(RealDocker.IMAGE)
                .withName("java-create-it")
                .withLabels(LABELS)
                .withEnv("A=b")
                .withCmd("sleep", "600")
                .withUser("1000")
                .withHealthcheck(
                        new HealthCheck().withTest(List.of("CMD", "true")).withInterval(1_000_000_000L))
                .withHostConfig(HostConfig.newHostConfig()
                        .withNetworkMode("none")
                        .withMemory(64L << 20)
                        .withPidsLimit(100L)
                        .withUlimits(List.of(new Ulimit("nofile", 1024L, 2048L)))
                        .withCapDrop(Capability.ALL)
                        .withLogConfig(new LogConfig(LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "1m")))
                        .withRestartPolicy(RestartPolicy.noRestart())
                        .withBinds(new Bind("java-create-it", new Volume("/data"))))
                .exec()
                .getId();
        client.startContainerCmd(id).exec();
        client.updateContainerCmd(id)
                .withMemory(128L << 20)
                .withMemorySwap(128L << 20)
                .exec();
        String exec = client.execCreateCmd(id)
                .withCmd("true")
                .withAttachStdout(true)
                .exec()
                .getId();

        assertThat(client.execStartCmd(exec)
                        .exec(new ResultCallback.Adapter<Frame>())
                        .awaitCompletion(60, TimeUnit.SECONDS))
                .isTrue();
        client.killContainerCmd(id).exec();
        client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode(60, TimeUnit.SECONDS);
        assertThat(client.commitCmd(id).withRepository("java-create-it").exec()).isNotBlank();
        client.removeImageCmd("java-create-it").exec();
    }

    @Test
    void dockerJavaReadsADenial() {
        assertThatThrownBy(() -> client.createContainerCmd(RealDocker.IMAGE)
                        .withLabels(LABELS)
                        .withHostConfig(HostConfig.newHostConfig().withPrivileged(true))
                        .exec())
                .isInstanceOf(DockerException.class)
                .hasMessageContaining("HostConfig.Privileged is true")
                .hasMessageContaining("CREATE_ALLOW=privileged");
    }

    @Test
    void dockerPyCreatesStartsAndEntersAContainer() throws IOException {
        Cli.Result ran = DockerPy.run(folder, proxy.port(), """
                import docker
                labels = {'create-clients-it': '1'}
                client = docker.from_env()
                client.volumes.create('py-create-it', labels=labels)
                client.networks.create('py-create-it', driver='bridge', internal=True, labels=labels)
                container = client.containers.create(
                    'busybox:local', ['sleep', '600'], network_mode='none', labels=labels, mem_limit='64m', pids_limit=100,
                    volumes={'py-create-it': {'bind': '/data', 'mode': 'rw'}}, environment={'A': 'b'}, user='1000',
                    healthcheck={'test': ['CMD', 'true'], 'interval': 1000000000}, cap_drop=['ALL'], init=False,
                    ulimits=[docker.types.Ulimit(name='nofile', soft=1024, hard=2048)], tmpfs={'/run': 'size=1m'},
                    log_config=docker.types.LogConfig(type='json-file', config={'max-size': '1m'}),
                    mounts=[docker.types.Mount('/m', 'py-create-it', type='volume')],
                    restart_policy={'Name': 'no'}, security_opt=['no-new-privileges'])
                container.start()
                assert container.exec_run(['true']).exit_code == 0
                container.update(mem_limit='128m', memswap_limit='128m')
                container.kill()
                container.commit('py-create-it')
                client.images.remove('py-create-it')
                try:
                    client.containers.create('busybox:local', privileged=True)
                    raise AssertionError('a privileged container was created')
                except docker.errors.APIError as denied:
                    assert 'CREATE_ALLOW=privileged' in str(denied), denied
                """);

        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
    }
}
