package org.socketproxy.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealPodman;

/** A Podman with objects of three owners and of a stranger, as {@link TargetWorld}, and one proxy for each owner. */
final class TargetPodmanWorld implements AutoCloseable {
    private static final String VERSION = "/v5.0.0";
    private static final List<String> LISTS = List.of(
            "/libpod/containers/json?all=true",
            "/libpod/images/json?all=true",
            "/libpod/volumes/json",
            "/libpod/networks/json",
            "/libpod/pods/json",
            "/libpod/secrets/json");

    private final RealPodman podman;
    private final Path folder;
    private final Map<Owner, ProxyUnderTest> proxies = new EnumMap<>(Owner.class);

    private TargetPodmanWorld(RealPodman podman, Path folder) {
        this.podman = podman;
        this.folder = folder;
    }

    /** Starts the daemon and creates the objects; skips the test like {@link RealPodman}. */
    static TargetPodmanWorld start(Path folder) throws IOException {
        TargetPodmanWorld world = new TargetPodmanWorld(RealPodman.get(), folder);
        world.run(
                Corpus.lines(TargetPodmanWorld.class, "target-podman-world.sh").collect(Collectors.joining("\n")));
        for (Owner owner : Owner.values()) {
            Map<String, String> settings = new HashMap<>();
            for (Variable variable : Variables.load().all()) {
                settings.put(variable.name(), "1");
            }
            settings.put("CREATE", "safe");
            settings.put("CREATE_ALLOW", "join-container,volumes-from");
            settings.put("TARGETS", owner.targets());
            world.proxies.put(owner, ProxyUnderTest.with(world.podman.socket(), settings));
        }
        return world;
    }

    /** Runs a script directly at the daemon, which must succeed, and returns its output. */
    String run(String script) {
        return TargetWorld.succeeding(podman.cli(folder, Map.of()), script);
    }

    /** A runner of programs whose Podman is the proxy of an owner. */
    Cli cli(Owner owner) {
        return podman.cli(
                folder,
                Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxies.get(owner).port()));
    }

    /** Connects to the daemon. */
    RawClient connect() throws IOException {
        return RawClient.connect(podman.socket());
    }

    /** Connects to the proxy of an owner. */
    RawClient connect(Owner owner) throws IOException {
        return proxies.get(owner).connect();
    }

    /** Reads the JSON of the daemon's own answer. */
    JsonNode direct(String target) throws IOException {
        try (RawClient client = connect()) {
            return json(client.request("GET", VERSION + target).readAnswer("GET"));
        }
    }

    /** Reads the JSON of the answer to an owner. */
    JsonNode confined(Owner owner, String target) throws IOException {
        try (RawClient client = connect(owner)) {
            return json(client.request("GET", VERSION + target).readAnswer("GET"));
        }
    }

    private static JsonNode json(RawResponse response) {
        if (response.status() != 200 || !response.isWhole()) {
            throw new AssertionError(response.head() + response.body());
        }
        return sorted(TargetWorld.parse(response.body()));
    }

    /** Sorts lists by their text, since the daemon lists some objects in a random order. */
    private static JsonNode sorted(JsonNode answer) {
        answer.forEach(TargetPodmanWorld::sorted);
        if (answer instanceof ArrayNode array) {
            List<JsonNode> elements = new ArrayList<>();
            array.forEach(elements::add);
            elements.sort(Comparator.comparing(JsonNode::toString));
            array.removeAll();
            array.addAll(elements);
        }
        return answer;
    }

    /** The lists of all objects. */
    Map<String, JsonNode> snapshot() throws IOException {
        Map<String, JsonNode> lists = new TreeMap<>();
        for (String list : LISTS) {
            lists.put(list, direct(list));
        }
        return lists;
    }

    /** Tries twice and needs no success: Podman can fail to remove the network of a container that has ended. */
    @Override
    public void close() {
        proxies.values().forEach(ProxyUnderTest::close);
        run("podman --remote pod rm -fa -t 0; podman --remote rm -fa -t 0 || podman --remote rm -fa -t 0;"
                + " podman --remote network prune -f; podman --remote volume prune -f; podman --remote secret rm -a;"
                + " podman --remote images --format '{{.ID}}' --filter label=owner | sort -u"
                + " | xargs -r podman --remote rmi -f; true");
    }
}
