package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.ResponseTransform.ElementTransform;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** The docker CLI on a real dockerd, whose lists, objects and events are split into elements. */
class ResponseTransformIT {
    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;

    private final RealDocker docker = RealDocker.get();
    private final Map<String, AtomicInteger> elements = new ConcurrentHashMap<>();

    @TempDir
    Path folder;

    private ChainUnderTest chain;

    /** Removes the elements that have the word {@code hidden-it}. */
    private @Nullable ResponseTransform transform(Operation operation, RequestTarget target) {
        ElementEditor editor = (list, element) -> {
            elements.computeIfAbsent(operation.id(), id -> new AtomicInteger()).incrementAndGet();
            return text(element).contains("hidden-it") ? ElementEditor.Edit.DROP : ElementEditor.Edit.KEEP;
        };
        JsonElements split = switch (operation.id()) {
            case "ContainerList", "ImageList", "NetworkList" -> JsonElements.array(MAX_BYTES, editor);
            case "ContainerInspect", "ImageInspect", "SystemInfo" -> JsonElements.value(MAX_BYTES, editor);
            case "VolumeList" -> JsonElements.members(Set.of("Volumes"), MAX_BYTES, editor);
            case "SystemDataUsage" ->
                JsonElements.members(Set.of("Images", "Containers", "Volumes", "BuildCache"), MAX_BYTES, editor);
            case "SystemEvents", "ContainerStats" -> JsonElements.stream(MAX_BYTES, editor);
            default -> null;
        };
        return split == null ? null : new ElementTransform(split);
    }

    private static String text(ByteBuffer element) {
        return StandardCharsets.UTF_8.decode(element).toString();
    }

    @BeforeEach
    void start() throws Exception {
        chain = ChainUnderTest.transforming(docker.host(), this::transform, HeldMemory.ofThisProcess());
        Cli.Result made = direct().script("""
                docker create --name shown-it --label a=b --env SECRET=x --network none busybox:local true >/dev/null
                docker create --name hidden-it --network none busybox:local true >/dev/null
                docker volume create shown-it-volume >/dev/null; docker volume create hidden-it-volume >/dev/null
                docker run --name logged-it --network none busybox:local sh -c 'echo hidden-$0' it
                """);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterEach
    void stop() throws Exception {
        chain.close();
        direct().script("docker rm -fv shown-it hidden-it logged-it late-it hidden-it-late;"
                + " docker volume rm shown-it-volume hidden-it-volume");
    }

    private Cli direct() {
        return docker.cli(folder, Map.of());
    }

    private Cli proxied() {
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + chain.port()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker inspect shown-it logged-it",
                "docker image inspect busybox:local",
                "docker images --digests busybox:local",
                "docker network ls",
                "docker logs logged-it",
                "docker ps -a --filter name=shown-it --format '{{json .Names}} {{.Labels}}'",
                "docker info --format '{{.ID}}'",
                "docker stats --no-stream --format '{{.Name}}' logged-it",
            })
    void aCommandPrintsTheSameAsWithoutTheProxy(String command) {
        Cli.Result result = proxied().script(command);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .isNotBlank()
                .isEqualTo(direct().script(command).stdout());
    }

    @Test
    void responsesPassByteForByte() throws Exception {
        for (String target : new String[] {
            "/containers/shown-it/json?size=1",
            "/containers/json?all=1&filters={\"name\":[\"shown-it\"]}",
            "/images/json?filters={\"reference\":[\"busybox:local\"]}" // dockerd has no order for images of one second
        }) {
            try (RawClient client = chain.connect();
                    RawClient daemon = RawClient.connect(docker.socket())) {
                String body = daemon.request("GET", target).readAnswer("GET").body();
                assertThat(client.request("GET", target).readAnswer("GET").body())
                        .isNotBlank()
                        .isEqualTo(body);
            }
        }
        assertThat(elements).containsKeys("ContainerInspect", "ContainerList", "ImageList");
    }

    @Test
    void elementsOfListsAreRemoved() {
        Cli.Result names = proxied()
                .script("docker ps -a --format '{{.Names}}' | grep -- '-it' | sort\n"
                        + "docker volume ls --format '{{.Name}}' | grep -- '-it-' | sort\n"
                        + "docker system df -v | grep -c hidden-it");

        assertThat(names.stdout()).isEqualTo("logged-it\nshown-it\nshown-it-volume\n0\n");
    }

    @Test
    void eventsArriveLiveAndWithoutTheRemovedOnes() {
        Cli.Result events = proxied().script("""
                docker events --filter type=container --filter event=create --format '{{.Actor.Attributes.name}}' > events &
                until [ -s events ]; do
                    DOCKER_HOST=unix://%1$s docker create --name late-it --network none busybox:local true >/dev/null
                    sleep 0.2
                    DOCKER_HOST=unix://%1$s docker rm late-it >/dev/null
                done
                seen=$(wc -l < events)
                DOCKER_HOST=unix://%1$s docker create --name hidden-it-late --network none busybox:local true >/dev/null
                DOCKER_HOST=unix://%1$s docker create --name late-it --network none busybox:local true >/dev/null
                until [ $(wc -l < events) -gt $seen ]; do sleep 0.1; done
                kill %%1
                sort -u events
                """.formatted(docker.socket()));

        assertThat(events.stdout()).as(events.stderr()).isEqualTo("late-it\n");
    }
}
