package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RestartableDocker;

/**
 * A dockerd with a swarm that has objects of three owners and of a stranger with similar names and labels, and one proxy for
 * each owner. Each object of an owner has the label {@code owner}; its value is the owner's name.
 */
final class TargetWorld implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Networks that the daemon makes and joins for services. */
    private static final List<String> OF_SWARM = List.of("ingress", "docker_gwbridge");

    private final RestartableDocker docker;
    private final Path folder;
    private final Map<Owner, ProxyUnderTest> proxies = new EnumMap<>(Owner.class);

    /** An owner, and the targets of the profile that is confined to the owner's objects. */
    enum Owner {
        RED("label:owner=red"),
        BLUE("project:blue"),
        GREEN("name:green-*,images:reference:green/*");

        private final String targets;

        Owner(String targets) {
            this.targets = targets;
        }

        /** The setting {@code TARGETS}. */
        String targets() {
            return targets;
        }

        /** Value of the label of the owner's objects, and the beginning of their names. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private TargetWorld(RestartableDocker docker, Path folder) {
        this.docker = docker;
        this.folder = folder;
    }

    /** Starts the daemon and creates the objects; skips the test like {@link RestartableDocker}. */
    static TargetWorld start(Path folder) throws IOException, InterruptedException {
        return start(folder, Map.of());
    }

    /** The same, with further settings of the proxies. */
    static TargetWorld start(Path folder, Map<String, String> further) throws IOException, InterruptedException {
        TargetWorld world = new TargetWorld(RestartableDocker.start(), folder);
        world.docker.awaitReady();
        world.run(Corpus.lines(TargetWorld.class, "target-world.sh").collect(Collectors.joining("\n")));
        for (Owner owner : Owner.values()) {
            world.proxies.put(owner, world.proxy(owner.targets, further));
        }
        return world;
    }

    private ProxyUnderTest proxy(String targets, Map<String, String> further) throws IOException, InterruptedException {
        Map<String, String> settings = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            settings.put(variable.name(), "1");
        }
        settings.put("CREATE", "safe");
        settings.put("CREATE_ALLOW", "join-container,volumes-from,ports,network-driver:overlay");
        settings.put("TARGETS", targets);
        settings.putAll(further);
        return ProxyUnderTest.with(docker.socket(), settings);
    }

    /** Starts a further proxy with other targets. */
    ProxyUnderTest proxyWith(String targets) throws IOException, InterruptedException {
        return proxy(targets, Map.of());
    }

    Path socket() {
        return docker.socket();
    }

    ProxyUnderTest proxy(Owner owner) {
        ProxyUnderTest proxy = proxies.get(owner);
        assert proxy != null;
        return proxy;
    }

    /** Runs a script directly at the daemon, which must succeed, and returns its output. */
    String run(String script) {
        return succeeding(Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket())), script);
    }

    /** A runner of programs whose Docker is the proxy of an owner. */
    Cli cli(Owner owner) {
        return cli(proxy(owner));
    }

    Cli cli(ProxyUnderTest proxy) {
        return Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
    }

    static String succeeding(Cli cli, String script) {
        Cli.Result result = cli.script(script);
        if (result.exitCode() != 0) {
            throw new AssertionError(script + "\n" + result.stdout() + result.stderr());
        }
        return result.stdout().strip();
    }

    /** Reads the JSON of the daemon's own answer. */
    JsonNode direct(String target) throws IOException {
        try (RawClient client = RawClient.connect(docker.socket())) {
            return json(client.request("GET", target).readAnswer("GET"));
        }
    }

    /** Reads the JSON of the answer to an owner. */
    JsonNode confined(Owner owner, String target) throws IOException {
        return json(get(owner, target));
    }

    RawResponse get(Owner owner, String target) throws IOException {
        try (RawClient client = proxy(owner).connect()) {
            return client.request("GET", target).readAnswer("GET");
        }
    }

    private static JsonNode json(RawResponse response) {
        if (response.status() != 200 || !response.isWhole()) {
            throw new AssertionError(response.head() + response.body());
        }
        return sorted(parse(response.body()));
    }

    /** Sorts networks, volumes and images, since the daemon lists those of the same second in a random order. */
    private static JsonNode sorted(JsonNode answer) {
        sort(answer, "Name");
        sort(answer, answer.path(0).has("RepoTags") ? "Id" : "");
        sort(answer.path("Volumes"), "Name");
        sort(answer.path("Images"), "Id");
        return answer;
    }

    private static void sort(JsonNode list, String member) {
        if (list instanceof ArrayNode array && list.path(0).path(member).isTextual()) {
            List<JsonNode> elements = new ArrayList<>();
            array.forEach(elements::add);
            elements.sort(Comparator.comparing(element -> element.get(member).textValue()));
            array.removeAll();
            array.addAll(elements);
        }
    }

    static JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(text, malformed);
        }
    }

    /** The daemon's descriptions of all objects except its own networks, with the changes of the files of containers. */
    Map<String, JsonNode> snapshot() throws IOException {
        Map<String, JsonNode> objects = new TreeMap<>();
        for (JsonNode container : direct("/containers/json?all=1")) {
            String target = "/containers/" + container.get("Id").textValue();
            JsonNode described = direct(target + "/json");
            objects.put(target, described);
            objects.put(target + "/changes", direct(target + "/changes"));
            for (JsonNode exec : described.get("ExecIDs")) {
                objects.put(exec.textValue(), direct("/exec/" + exec.textValue() + "/json"));
            }
        }
        for (JsonNode network : direct("/networks")) {
            String target = "/networks/" + network.get("Id").textValue();
            if (!OF_SWARM.contains(network.get("Name").textValue())) {
                objects.put(target, direct(target));
            }
        }
        for (String list : List.of("/images/json?all=1", "/volumes", "/services", "/tasks", "/secrets", "/configs")) {
            objects.put(list, direct(list));
        }
        objects.put("/nodes", direct("/nodes").get(0).get("Spec"));
        return objects;
    }

    /** Checks that all objects are as in an earlier snapshot. */
    void assertUnchanged(Map<String, JsonNode> before) throws IOException {
        Map<String, JsonNode> objects = snapshot();
        before.forEach((name, object) -> assertThat(objects.get(name)).as(name).isEqualTo(object));
        assertThat(objects.keySet()).isEqualTo(before.keySet());
    }

    /** Two answers that belong to the same state of the daemon. */
    record Pair(JsonNode direct, JsonNode confined) {}

    /** Reads both answers, until the daemon's own one is the same before and after, since ages change. */
    Pair both(Owner owner, String target) throws IOException {
        JsonNode before = direct(target);
        while (true) {
            JsonNode confined = confined(owner, target);
            JsonNode after = direct(target);
            if (after.equals(before)) {
                return new Pair(after, confined);
            }
            before = after;
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        proxies.values().forEach(ProxyUnderTest::close);
        run("docker service ls -q | xargs -r docker service rm; docker swarm leave --force;"
                + " docker ps -aq | xargs -r docker rm -fv");
        docker.close();
    }
}
