package org.socketproxy.docker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RestartableDocker;

/** A dockerd with a swarm, whose objects have the word {@value #WORD} in every value that can be a secret, and then its group. */
final class PlantedSecrets implements AutoCloseable {
    static final String WORD = "pl4nt";

    private static final String OBJECTS = """
            set -e
            mkdir -p image/bin image/etc bind-pl4nt-paths ctx
            cp $(command -v busybox) image/bin/busybox
            for applet in sh echo sleep true; do ln -s busybox image/bin/$applet; done
            tar -C image -c . | docker import --message m-pl4nt-args --change 'ENV IMAGE=pl4nt-env' \
                --change 'CMD ["sh","-c","echo pl4nt-args"]' --change 'ENTRYPOINT ["sh"]' --change 'ONBUILD RUN true pl4nt-args' \
                --change 'HEALTHCHECK --interval=1s CMD echo output-pl4nt-args' - planted:local
            printf 'FROM planted:local\\nARG TOKEN=pl4nt-env\\nENTRYPOINT []\\nRUN ["true","pl4nt-args"]\\n' > ctx/Dockerfile
            DOCKER_BUILDKIT=0 docker build -q --network none --build-arg TOKEN=pl4nt-env -t built:local ctx
            docker volume create -o type=nfs -o device=:/pl4nt-options -o o=addr=192.0.2.1,password=pl4nt-options planted-volume
            docker network create -o secret=pl4nt-options --subnet 10.213.7.0/24 --gateway 10.213.7.1 \
                --aux-address spare=10.213.7.200 planted-network
            docker run -d --name addressed --network planted-network --ip 10.213.7.9 --mac-address 02:42:0a:d5:07:09 \
                --dns 10.213.7.78 --add-host other:10.213.7.77 --entrypoint sleep planted:local 100000
            docker run -d --name planted --network none --env SECRET=pl4nt-env --log-opt tag=pl4nt-options \
                --volume $PWD/bind-pl4nt-paths:/bind:ro --mount type=bind,src=$PWD/bind-pl4nt-paths,dst=/mount \
                --annotation secret=pl4nt-options --entrypoint sh planted:local -c 'sleep 100000; echo pl4nt-args'
            docker create --name failing --network none --entrypoint /pl4nt-args planted:local pl4nt-args
            docker start failing || true
            docker exec -d planted sh -c 'sleep 100000; echo pl4nt-args'
            docker swarm init --listen-addr 127.0.0.1:23770 --advertise-addr 127.0.0.1:23770 --autolock
            docker swarm update --external-ca protocol=cfssl,url=https://user:pl4nt-options@192.0.2.1/,secret=pl4nt-options
            echo pl4nt | docker config create planted-config -
            echo pl4nt | docker secret create planted-secret -
            docker service create -d --name planted-service --restart-condition none --network host --env SECRET=pl4nt-env --log-opt tag=pl4nt-options \
                --mount type=volume,src=swarm-volume,dst=/d,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=pl4nt-options \
                --mount type=bind,src=$PWD/bind-pl4nt-paths,dst=/mount --health-cmd 'echo pl4nt-args' --config planted-config --dns 10.213.7.78 --host other:10.213.7.77 --secret planted-secret \
                --entrypoint sh planted:local -c 'sleep 100000; echo pl4nt-args'
            # Swarm refuses an update while it changes the service itself.
            until docker service update -d --env-add MORE=pl4nt-env planted-service; do sleep 1; done
            until docker service ps -q planted-service | grep -q .; do sleep 0.1; done
            """;

    private final RestartableDocker docker;
    private final Map<String, String> names = new LinkedHashMap<>();

    private PlantedSecrets(RestartableDocker docker) {
        this.docker = docker;
    }

    static PlantedSecrets start(Path folder) throws IOException, InterruptedException {
        PlantedSecrets planted = new PlantedSecrets(RestartableDocker.start());
        planted.docker.awaitReady();
        Cli.Result made = planted.direct(folder).script(OBJECTS);
        if (made.exitCode() != 0) {
            planted.close();
            throw new AssertionError(made.stderr());
        }
        planted.names.putAll(Map.of(
                "containers", "planted",
                "images", "built:local",
                "volumes", "planted-volume",
                "networks", "planted-network",
                "services", "planted-service",
                "configs", "planted-config",
                "secrets", "planted-secret"));
        planted.names.put("exec", planted.exec(folder));
        planted.names.put("tasks", planted.print(folder, "docker service ps -q planted-service | head -n 1"));
        planted.names.put("nodes", planted.print(folder, "docker node ls -q"));
        planted.names.put("plugins", "none");
        return planted;
    }

    /** Returns the exec that lasts. The container has others, of its health check, which the daemon forgets some minutes after their end. */
    private String exec(Path folder) throws IOException {
        String ids = print(folder, "docker inspect planted -f '{{range .ExecIDs}}{{.}} {{end}}'");
        for (String id : ids.split(" ")) {
            try (RawClient client = RawClient.connect(docker.socket())) {
                RawResponse described =
                        client.request("GET", "/exec/" + id + "/json").readAnswer("GET");
                if (described.body().contains("sleep 100000")) {
                    return id;
                }
            }
        }
        throw new AssertionError("the exec has ended; there are " + ids);
    }

    private String print(Path folder, String command) {
        return direct(folder).script(command).stdout().strip();
    }

    Cli direct(Path folder) {
        return Cli.in(folder, Map.of("DOCKER_HOST", host()));
    }

    String host() {
        return "unix://" + docker.socket();
    }

    /** Returns a target of an operation that names a planted object, without a version. */
    String target(Operation operation) {
        String query = switch (operation.id()) {
            case "SystemEvents" -> "?since=1&until=" + System.currentTimeMillis() / 1000;
            case "ContainerList" -> "?all=1&size=1";
            case "ContainerStats" -> "?stream=false";
            default -> "";
        };
        String name = names.getOrDefault(operation.path().toString().split("/", -1)[1], "none");
        return Stream.of(operation.path().toString().split("/", -1))
                        .map(segment -> segment.startsWith("{") ? name : segment)
                        .collect(Collectors.joining("/"))
                + query;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        direct(Path.of("/")).script("docker swarm leave --force; docker ps -aq | xargs -r docker rm -fv");
        docker.close();
    }
}
