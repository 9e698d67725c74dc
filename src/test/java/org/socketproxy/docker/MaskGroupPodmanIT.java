package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealPodman;

/** Each group of {@code MASK} alone hides its values in all responses of a real Podman, also in second places. */
@Tag("thorough")
class MaskGroupPodmanIT {
    private static final Map<String, List<String>> WORDS = Map.of(
            "env", List.of("mgp-env"),
            "args", List.of("mgp-args"),
            "options", List.of("mgp-options", "size=7654321"),
            "paths", List.of("mgp-paths"),
            "topology", List.of("10.215.7.", "0a:d7:07:09"));

    private static final String OBJECTS = """
            set -e
            mkdir mgp-paths
            podman --remote network create --subnet 10.215.7.0/24 --gateway 10.215.7.1 --opt mtu=1400 mgp-net
            podman --remote volume create --opt type=tmpfs --opt o=size=7654321 mgp-vol
            podman --remote pod create --name mgp-pod --infra=false
            podman --remote run -d --name mgp --network none -e A=mgp-env --env=B=mgp-env --annotation x=mgp-options \
                --volume $PWD/mgp-paths:/p --health-cmd 'echo mgp-args' --health-interval 1h \
                busybox:local sh -c 'sleep 1000; echo mgp-args'
            podman --remote healthcheck run mgp
            podman --remote exec -d mgp sh -c 'sleep 1000; echo mgp-args'
            podman --remote create --name mgp-net --network mgp-net --ip 10.215.7.9 --mac-address 02:42:0a:d7:07:09 \
                -p 10.215.7.88:18080:80 --add-host other:10.215.7.77 --dns 10.215.7.78 busybox:local sleep 1000
            podman --remote commit -f docker --change 'ENV A=mgp-env' --change 'CMD mgp-args' --message mgp-args mgp mgp:local
            """;

    @TempDir
    static Path folder;

    private static Map<String, String> sweep(ProxyUnderTest proxy, Map<String, List<String>> names) throws Exception {
        Map<String, String> responses = new LinkedHashMap<>();
        for (Operation operation : OperationCatalogue.load().operations()) {
            String path = operation.path().toString();
            boolean isSwept = operation.method().equals("GET")
                    && operation.section() != null
                    && operation.rules().unmaskable().isEmpty();
            for (String name : isSwept ? names.getOrDefault(kind(path), List.of("none")) : List.<String>of()) {
                String target = Stream.of(path.split("/", -1))
                        .map(segment -> segment.startsWith("{") ? name : segment)
                        .collect(Collectors.joining("/"));
                try (RawClient client = proxy.connect()) {
                    responses.put(
                            operation.id() + " of " + name,
                            client.request(
                                            "GET",
                                            (operation.isLibpod() ? "/v5.4.0" : "/v1.41") + target + query(operation))
                                    .readAnswer("GET")
                                    .body());
                }
            }
        }
        return responses;
    }

    private static String kind(String path) {
        String[] segments = path.split("/", -1);
        return segments[1].equals("libpod") ? segments[2] : segments[1];
    }

    private static String query(Operation operation) {
        return switch (operation.id()) {
            case "SystemEvents", "SystemEventsLibpod" ->
                "?stream=false&since=1&until=" + System.currentTimeMillis() / 1000;
            case "ContainerList", "ContainerListLibpod" -> "?all=1";
            case "ContainerStats", "ContainerStatsLibpod", "ContainersStatsAllLibpod", "PodStatsAllLibpod" ->
                "?stream=false";
            case "ContainerTopLibpod", "PodTopLibpod" -> "?stream=false&ps_args=args";
            default -> "";
        };
    }

    @Test
    void aGroupHidesItsValuesInAllResponses() throws Exception {
        RealPodman podman = RealPodman.get();
        Cli cli = podman.cli(folder, Map.of());
        try (ProxyUnderTest plain = ProxyUnderTest.before("unix://" + podman.socket(), Map.of())) {
            Cli.Result made = cli.script(OBJECTS);
            assertThat(made.exitCode()).as(made.stderr()).isZero();
            String exec = cli.script("podman --remote inspect mgp -f '{{index .ExecIDs 0}}'")
                    .stdout()
                    .strip();
            Map<String, List<String>> names = Map.of(
                    "containers", List.of("mgp", "mgp-net"),
                    "images", List.of("mgp:local"),
                    "pods", List.of("mgp-pod"),
                    "volumes", List.of("mgp-vol"),
                    "networks", List.of("mgp-net"),
                    "exec", List.of(exec));
            String all = String.join("", sweep(plain, names).values());
            for (Map.Entry<String, List<String>> group : WORDS.entrySet()) {
                assertThat(all).contains(group.getValue());
                List<String> shown = new ArrayList<>();
                try (ProxyUnderTest proxy =
                        ProxyUnderTest.before("unix://" + podman.socket(), Map.of("MASK", group.getKey()))) {
                    sweep(proxy, names)
                            .forEach((id, body) -> group.getValue().stream()
                                    .filter(body::contains)
                                    .forEach(word -> shown.add(id + " shows " + MaskGroupIT.around(body, word))));
                }
                assertThat(shown).as("MASK=" + group.getKey()).isEmpty();
            }
        } finally {
            cli.script(
                    "podman --remote rm -f -t 0 mgp mgp-net; podman --remote pod rm -f -t 0 mgp-pod;"
                            + " podman --remote rmi mgp:local; podman --remote volume rm mgp-vol; podman --remote network rm mgp-net");
        }
    }
}
