package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerPy;
import org.socketproxy.testing.Dockerode;
import org.socketproxy.testing.ProxyUnderTest;

/**
 * The docker CLI, Compose, docker-py and dockerode of three owners see and change what is their own, and nothing else, on a real
 * dockerd.
 */
@Tag("thorough")
class TargetClientsIT {
    /** Lists of the docker CLI. Each line has the name of an object. */
    private static final List<String> LISTS = List.of(
            "docker ps -a --format '{{.Names}} {{.ID}} {{.State}} {{.Mounts}} {{.Networks}}' | sort",
            "docker network ls --no-trunc --format '{{.Name}} {{.ID}}' | sort",
            "docker volume ls --format '{{.Name}} {{.Driver}} {{.Mountpoint}}' | sort",
            "docker service ls --format '{{.Name}} {{.ID}} {{.Replicas}}' | sort",
            "docker secret ls --format '{{.Name}} {{.ID}}' | sort",
            "docker config ls --format '{{.Name}} {{.ID}}' | sort",
            "docker system df -v --format '{{range .Containers}}{{println .Names .ID}}{{end}}' | sort",
            "docker system df -v --format '{{range .Volumes}}{{println .Name .Links}}{{end}}' | sort");

    @TempDir
    static Path folder;

    private static TargetWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TargetWorld.start(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    static Stream<String> lists() {
        return LISTS.stream();
    }

    @ParameterizedTest
    @MethodSource("lists")
    void dockerCliListsOwnObjects(String command) {
        for (Owner owner : Owner.values()) {
            List<String> expected = world.run(command)
                    .lines()
                    .filter(line -> line.startsWith(owner.word() + "-"))
                    .toList();

            assertThat(TargetWorld.succeeding(world.cli(owner), command).lines())
                    .as(owner.word())
                    .isNotEmpty()
                    .filteredOn(line -> !line.isBlank())
                    .isEqualTo(expected);
        }
    }

    private static List<String> foreign(Owner owner) {
        return Stream.of("red", "blue", "green", "xgreen")
                .filter(word -> !word.equals(owner.word()))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void dockerCliFindsNothingOfOthers(Owner owner) throws IOException {
        Map<String, JsonNode> before = world.snapshot();
        for (String word : foreign(owner)) {
            for (String command : List.of(
                    "docker container inspect X-run",
                    "docker network inspect X-net1",
                    "docker volume inspect X-vol1",
                    "docker image inspect X/app:1",
                    "docker service inspect X-svc",
                    "docker secret inspect X-secret",
                    "docker config inspect X-config",
                    "docker logs X-run",
                    "docker exec X-run true",
                    "docker cp X-run:/etc -",
                    "docker stop X-run",
                    "docker rm -f X-exit",
                    "docker rmi X/app:1",
                    "docker network rm X-net2",
                    "docker volume rm X-vol2",
                    "docker service ps X-svc",
                    "docker service scale X-svc=2",
                    "docker service rm X-svc",
                    "docker secret rm X-secret",
                    "docker config rm X-config",
                    "docker run --rm --name OWN-x --network X-net1 OWN/tools:1 true",
                    "docker wait X-run")) {
                Cli.Result result = world.cli(owner)
                        .script(command.replace("OWN", owner.word()).replace("X", word));

                assertThat(result.stderr())
                        .as(owner + " " + command)
                        .containsPattern("(?i)no such|not found|does not exist")
                        .doesNotContain("socket-proxy");
            }
        }
        world.assertUnchanged(before);
    }

    private static final String COMPOSE = """
            services:
              web:
                image: OWN/tools:1
                command: sh -c 'echo hello; sleep 1000'
                stop_grace_period: 0s
                networks: [net]
                volumes: ['data:/d']
              job:
                image: OWN/tools:1
                command: sh -c 'echo finished'
                depends_on: [web]
                networks: [net]
            networks: {net: {}}
            volumes: {data: {}}
            """;

    /** The stranger has a container in the Compose project of the same name. */
    @ParameterizedTest
    @CsvSource({"RED, red-shop, --remove-orphans", "BLUE, blue, --volumes", "GREEN, green-shop, --remove-orphans"})
    void composeStartsAndRemovesItsProjectOnly(Owner owner, String project, String option) throws IOException {
        String others = project.replace("blue", "blue2");
        world.run(
                "docker create --name xgreen-" + project + " --label owner=redder --network none"
                        + " --label com.docker.compose.project=" + others + " --label com.docker.compose.service=db"
                        + " --label com.docker.compose.oneoff=False --label com.docker.compose.config-hash=1 busybox:local true");
        Map<String, JsonNode> before = world.snapshot();
        Path place = Files.createDirectories(folder.resolve("compose-" + project));
        Files.writeString(place.resolve("compose.yaml"), COMPOSE.replace("OWN", owner.word()));
        String compose = "cd " + place + " && docker compose -p " + project + " ";
        Cli cli = world.cli(owner);

        TargetWorld.succeeding(cli, compose + "up -d --quiet-pull");
        assertThat(TargetWorld.succeeding(cli, compose + "ps -a --format '{{.Service}}' | grep . | sort"))
                .isEqualTo("job\nweb");
        assertThat(TargetWorld.succeeding(cli, compose + "logs --no-log-prefix web"))
                .endsWith("hello");
        assertThat(TargetWorld.succeeding(cli, compose + "exec -T web echo inside"))
                .isEqualTo("inside");
        assertThat(TargetWorld.succeeding(cli, "docker compose ls -a --format json"))
                .doesNotContain("created");
        assertThat(world.run("docker inspect " + project + "-web-1 --format '{{json .Config.Labels}}'"))
                .contains(owner == Owner.RED ? "\"owner\":\"red\"" : "\"com.docker.compose.project\":\"" + project);
        TargetWorld.succeeding(cli, compose + "down -t 0 -v " + option);

        world.assertUnchanged(before);
        world.run("docker rm xgreen-" + project);
    }

    /** The name {@code green-shared} of the profile is that of a network that has a container of another owner. */
    @Test
    void aliasIsDeniedOnANetworkOfSeveralProfiles() throws Exception {
        world.run("docker network create green-shared; docker run -d --name xgreen-db --network green-shared"
                + " --network-alias db busybox:local sleep 1000");
        Path place = Files.createDirectories(folder.resolve("compose-shared"));
        Files.writeString(place.resolve("compose.yaml"), """
                services: {db: {image: 'green/tools:1', command: sleep 1000, stop_grace_period: 0s, networks: [shared]}}
                networks: {shared: {external: true, name: green-shared}}
                """);
        String run = "docker run -d --name green-a --network green-shared ";
        try (ProxyUnderTest proxy =
                world.proxyWith("containers:name:green-*,networks:name:green-shared,images:reference:green/*")) {
            Cli cli = world.cli(proxy);
            for (String named : List.of(
                    run + "--network-alias db green/tools:1 sleep 1000",
                    run + "--hostname db green/tools:1 sleep 1000",
                    "cd " + place + " && docker compose -p green-one up -d")) {
                assertThat(cli.script(named).stderr())
                        .as(named)
                        .contains("gives a container an alias or a host name on the network");
            }
            TargetWorld.succeeding(cli, run + "green/tools:1 sleep 1000");
            TargetWorld.succeeding(cli, "docker network disconnect green-shared green-a");
            assertThat(cli.script("docker network connect --alias db green-shared green-a")
                            .stderr())
                    .contains("gives a container an alias");
            TargetWorld.succeeding(cli, "docker network connect green-shared green-a");
        }
        assertThat(world.run("docker inspect green-a --format '{{json .NetworkSettings.Networks}}'"))
                .contains("DNSNames", "\"green-a\"")
                .doesNotContain("\"db\"");
        world.run("docker rm -f xgreen-db green-a; docker ps -aq --filter label=com.docker.compose.project=green-one"
                + " | xargs -r docker rm -f; docker network rm green-shared");
    }

    private static final String PYTHON = """
            import docker
            client = docker.from_env()

            def missing(action):
                try:
                    action()
                except docker.errors.NotFound:
                    return
                except docker.errors.APIError as wrong:
                    raise AssertionError(wrong)
                raise AssertionError('an object of another owner was found')

            def own(names):
                assert names and all(name.startswith('OWN') for name in names), names

            own([each.name for each in client.containers.list(all=True)])
            own([tag for each in client.images.list() for tag in each.tags if tag != 'green/borrowed:1'])
            own([each.name for each in client.networks.list()])
            own([each.name for each in client.volumes.list()])
            own([each.name for each in client.services.list()])
            own([each.name for each in client.secrets.list()])
            own([each.name for each in client.configs.list()])
            own([each['Name'] for each in client.df()['Volumes']])
            for get in (client.containers.get, client.api.inspect_container):
                missing(lambda: get('OTHER-run'))
            missing(lambda: client.images.get('OTHER/app:1'))
            missing(lambda: client.networks.get('OTHER-net1'))
            missing(lambda: client.volumes.get('OTHER-vol1'))
            missing(lambda: client.services.get('OTHER-svc'))
            missing(lambda: client.secrets.get('OTHER-secret'))
            missing(lambda: client.configs.get('OTHER-config'))
            missing(lambda: client.api.stop('OTHER-run'))
            missing(lambda: client.api.exec_create('OTHER-run', 'true'))
            missing(lambda: client.api.remove_network('OTHER-net2'))
            missing(lambda: client.api.logs('OTHER-run'))
            missing(lambda: client.api.get_archive('OTHER-run', '/etc'))
            events = client.events(decode=True)
            container = client.containers.run('OWN/tools:1', ['sleep', '1000'], name='OWN-py', detach=True,
                                              network='OWN-net1', volumes={'OWN-py': {'bind': '/v', 'mode': 'rw'}})
            assert container.exec_run(['echo', 'inside']).output == b'inside\\n'
            assert client.containers.get('OWN-py').id == container.id
            assert [each.name for each in client.containers.list(filters={'name': 'OWN-py'})] == ['OWN-py']
            container.kill()
            container.wait()
            container.remove(v=True)
            client.volumes.get('OWN-py').remove()
            for event in events:
                if event['Type'] == 'container':
                    assert event['Actor']['Attributes']['name'] == 'OWN-py', event
                if event['Action'] == 'destroy':
                    break
            print('done')
            """;

    @ParameterizedTest
    @CsvSource({"RED, blue", "BLUE, green", "GREEN, xgreen"})
    void dockerPySeesAndChangesOwnObjectsOnly(Owner owner, String other) throws IOException {
        Map<String, JsonNode> before = world.snapshot();

        Cli.Result ran = DockerPy.run(
                folder,
                world.proxy(owner).port(),
                PYTHON.replace("OWN", owner.word()).replace("OTHER", other));

        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(ran.stdout()).contains("done");
        world.assertUnchanged(before);
    }

    private static final String JAVASCRIPT = """
            const Docker = require('dockerode');
            const assert = require('assert');
            const docker = new Docker();
            const own = names => assert(names.length && names.every(name => name.startsWith('OWN')), names.join());
            const missing = action => assert.rejects(action, wrong => wrong.statusCode === 404);
            (async () => {
              own((await docker.listContainers({all: true})).map(each => each.Names[0].substring(1)));
              own((await docker.listImages()).flatMap(each => each.RepoTags).filter(tag => tag !== 'green/borrowed:1'));
              own((await docker.listNetworks()).map(each => each.Name));
              own((await docker.listVolumes()).Volumes.map(each => each.Name));
              own((await docker.listServices()).map(each => each.Spec.Name));
              own((await docker.listSecrets()).map(each => each.Spec.Name));
              own((await docker.listConfigs()).map(each => each.Spec.Name));
              own((await docker.df()).Volumes.map(each => each.Name));
              const other = docker.getContainer('OTHER-run');
              for (const action of ['inspect', 'stop', 'kill', 'restart', 'pause', 'stats', 'top', 'changes', 'remove']) {
                await missing(() => other[action]());
              }
              await missing(() => other.exec({Cmd: ['true']}));
              await missing(() => other.logs({stdout: true}));
              await missing(() => other.getArchive({path: '/etc'}));
              await missing(() => docker.getImage('OTHER/app:1').inspect());
              await missing(() => docker.getNetwork('OTHER-net1').inspect());
              await missing(() => docker.getNetwork('OTHER-net1').connect({Container: 'OWN-run'}));
              await missing(() => docker.getNetwork('OWN-net1').connect({Container: 'OTHER-run'}));
              await missing(() => docker.getVolume('OTHER-vol1').remove());
              await missing(() => docker.getService('OTHER-svc').inspect());
              await missing(() => docker.getSecret('OTHER-secret').remove());
              await missing(() => docker.getConfig('OTHER-config').inspect());
              const container = await docker.createContainer({
                name: 'OWN-js', Image: 'OWN/tools:1', Cmd: ['sleep', '1000'],
                HostConfig: {NetworkMode: 'OWN-net1', Mounts: [{Type: 'volume', Source: 'OWN-js', Target: '/v'}]}});
              await container.start();
              const exec = await container.exec({Cmd: ['echo', 'inside'], AttachStdout: true});
              const stream = await exec.start({hijack: true});
              const output = await new Promise(resolve => {
                const parts = [];
                stream.on('data', part => parts.push(part)).on('end', () => resolve(Buffer.concat(parts)));
              });
              assert(output.includes('inside'));
              assert.equal((await exec.inspect()).ContainerID, container.id);
              await container.remove({force: true, v: true});
              await docker.getVolume('OWN-js').remove();
              console.log('done');
            })();
            """;

    @ParameterizedTest
    @CsvSource({"RED, blue", "BLUE, green", "GREEN, xgreen"})
    void dockerodeSeesAndChangesOwnObjectsOnly(Owner owner, String other) throws IOException {
        Map<String, JsonNode> before = world.snapshot();

        Cli.Result ran = Dockerode.run(
                folder,
                world.proxy(owner).port(),
                JAVASCRIPT.replace("OWN", owner.word()).replace("OTHER", other));

        assertThat(ran.exitCode()).as(ran.stderr()).isZero();
        assertThat(ran.stdout()).contains("done");
        world.assertUnchanged(before);
    }
}
