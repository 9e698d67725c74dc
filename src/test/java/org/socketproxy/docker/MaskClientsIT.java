package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerPy;
import org.socketproxy.testing.Dockerode;
import org.socketproxy.testing.ProxyUnderTest;

/** docker-py and dockerode decode responses of a real dockerd that {@code MASK=1} has masked. */
@Tag("thorough")
class MaskClientsIT {
    @TempDir
    static Path folder;

    private static PlantedSecrets planted;
    private static ProxyUnderTest masking;

    @BeforeAll
    static void start() throws Exception {
        planted = PlantedSecrets.start(folder);
        masking = ProxyUnderTest.before(planted.host(), Map.of("MASK", "1"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (planted != null) {
            masking.close();
            planted.close();
        }
    }

    private static void assertMasked(Cli.Result ran) {
        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(ran.stdout())
                .contains(Marker.TEXT, "planted", "done")
                .doesNotContain(PlantedSecrets.WORD, "SWMTKN-");
    }

    @Test
    void dockerPyReadsMaskedObjects() throws Exception {
        assertMasked(DockerPy.run(folder, masking.port(), """
                import docker
                client = docker.from_env()
                container = client.containers.get('planted')
                print(container.name, container.attrs['Config']['Env'], container.attrs['Args'])
                print([each.attrs['Config']['Env'] for each in client.containers.list(all=True)])
                print(client.images.get('planted:local').attrs['Config']['Env'], client.images.get('planted:local').history())
                print(client.volumes.get('planted-volume').attrs['Mountpoint'])
                print(client.networks.list()[0].attrs['Name'])
                print([service.attrs['Spec'] for service in client.services.list()])
                print([service.tasks() for service in client.services.list()])
                print(client.swarm.attrs['JoinTokens'], client.info()['DockerRootDir'], client.df()['Containers'])
                print('done')
                """));
    }

    @Test
    void dockerodeReadsMaskedObjects() throws Exception {
        assertMasked(Dockerode.run(folder, masking.port(), """
                const Docker = require('dockerode');
                const docker = new Docker();
                (async () => {
                  const container = await docker.getContainer('planted').inspect();
                  console.log(container.Name, container.Config.Env, container.Args);
                  console.log(await docker.listContainers({all: true}));
                  console.log((await docker.getImage('planted:local').inspect()).Config.Env);
                  console.log(await docker.getImage('planted:local').history());
                  console.log((await docker.getVolume('planted-volume').inspect()).Mountpoint);
                  console.log(JSON.stringify(await docker.listServices()), JSON.stringify(await docker.listTasks()));
                  console.log((await docker.swarmInspect()).JoinTokens, (await docker.info()).DockerRootDir);
                  console.log(JSON.stringify((await docker.df()).Containers));
                  console.log('done');
                })();
                """));
    }
}
