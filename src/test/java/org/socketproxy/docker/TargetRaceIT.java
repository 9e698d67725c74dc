package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/**
 * A confined client acts on a name that an own container and one of others take in turn, on a real dockerd. The events of the
 * daemon show that it never reaches the other one. {@code -Drace.requests=100000} sends more requests.
 */
@Tag("thorough")
class TargetRaceIT {
    private static final int REQUESTS = Integer.getInteger("race.requests", 400);
    /** Least number of successes and of 404s. On a slow machine they need more than {@link #REQUESTS} requests. */
    private static final int ENOUGH = REQUESTS / 50;

    private static final String NAME = "race-it";
    private static final String END = "race-it-end";
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");
    private static final Pattern EVENT =
            Pattern.compile("\"Action\":\"([^\"]*)\",\"Actor\":\\{\"ID\":\"([0-9a-f]{64})\"");
    private static final List<String> CALLS = List.of(
            "POST /containers/X/exec {\"Cmd\":[\"true\"]}",
            "POST /containers/X/kill?signal=SIGURG",
            "POST /containers/X/exec {\"Cmd\":[\"true\"]}",
            "POST /containers/X/kill?signal=SIGURG",
            "POST /containers/X/kill",
            "POST /containers/X/stop?t=0",
            "POST /containers/X/restart?t=0",
            "POST /containers/X/pause",
            "POST /containers/X/unpause",
            "POST /containers/X/update {\"Memory\":67108864,\"MemorySwap\":134217728}",
            "POST /containers/X/rename?name=race-it-2",
            "DELETE /containers/X?force=1",
            "POST /containers/X/rename?name=race-it-2",
            "GET /containers/X/json",
            "GET /containers/X/json",
            "GET /containers/X/top");

    private final RealDocker docker = RealDocker.get();
    private final Random random = new Random(1);
    private final Set<String> foreign = ConcurrentHashMap.newKeySet();
    private final Set<String> own = ConcurrentHashMap.newKeySet();
    private volatile String raced = NAME;
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() {
        Map<String, String> settings = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            settings.put(variable.name(), "1");
        }
        settings.putAll(Map.of("CREATE", "safe", "TARGETS", "label:owner=ci"));
        proxy = ProxyUnderTest.with(docker.socket(), settings);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        for (String id : listed()) {
            direct("DELETE /containers/" + id + "?force=1");
        }
    }

    private static RawResponse call(RawClient client, String request) throws IOException {
        try (client) {
            String[] parts = request.split(" ", 3);
            String body = parts.length == 3 ? parts[2] : "";
            client.send(parts[0] + " " + parts[1] + " HTTP/1.1\r\nHost: d\r\n"
                    + (body.isEmpty() ? "" : "Content-Type: application/json\r\n") + "Content-Length: " + body.length()
                    + "\r\n\r\n" + body);
            return client.readAnswer(parts[0]);
        }
    }

    private RawResponse direct(String request) throws IOException {
        return call(RawClient.connect(docker.socket()), request);
    }

    private Set<String> listed() throws IOException {
        String all = direct("GET /containers/json?all=1").body();
        return Pattern.compile("\"Id\":\"([0-9a-f]{64})\",\"Names\":\\[\"/race-it")
                .matcher(all)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toSet());
    }

    /** The client can be about to remove or rename an own container that has the name. */
    private String run(String name, String owner) throws IOException {
        for (int attempt = 0; attempt < 1000; attempt++) {
            Matcher id = ID.matcher(direct("POST /containers/create?name=" + name + " {\"Image\":\"" + RealDocker.IMAGE
                            + "\",\"Cmd\":[\"sleep\",\"1000\"],\"Labels\":{\"owner\":\"" + owner
                            + "\"},\"HostConfig\":{\"NetworkMode\":\"none\"}}")
                    .body());
            if (id.find()) {
                (owner.equals("other") ? foreign : own).add(id.group(1));
                direct("POST /containers/" + id.group(1) + "/start");
                return id.group(1);
            }
            for (String each : own) {
                direct("DELETE /containers/" + each + "?force=1");
            }
            if (attempt % 50 == 49 && name.equals(raced)) {
                // A rename during a removal can make dockerd keep the name of no container.
                raced = NAME + "-g" + System.nanoTime();
                return run(raced, owner);
            }
        }
        throw new IOException("The name " + name + " stays in use");
    }

    /** Gives the name to one container and to the other in turn, and replaces them. The client can have removed the own one. */
    private void swap(Thread until) throws IOException {
        String other = run(NAME + "-b", "other");
        String mine = "";
        for (int round = 0; until.isAlive(); round++) {
            if (direct("GET /containers/" + mine + "/top").status() != 200) {
                direct("DELETE /containers/" + mine + "?force=1");
                mine = run(raced, "ci");
            }
            rename(mine, NAME + "-c");
            rename(other, raced);
            if (round % 10 == 9) {
                removed.add(other);
                int status = direct("DELETE /containers/" + other + "?force=1").status();
                if (status != 204) {
                    faults.add("a container of others was removed before: " + status);
                }
                other = run(raced, "other");
            }
            rename(other, NAME + "-b");
            rename(mine, raced);
        }
        rename(other, END);
    }

    private void rename(String id, String name) throws IOException {
        direct("POST /containers/" + id + "/rename?name=" + name);
    }

    /** Reads the events of the containers of others until one of them gets the last name. */
    private String events(RawClient client) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(END) < 0) {
            String part = client.read(1);
            if (part.isEmpty()) {
                throw new IOException("The stream of events ended");
            }
            text.append(part);
        }
        return text.toString();
    }

    private void act(Queue<RawResponse> responses) {
        try {
            int successes = 0;
            int missing = 0;
            for (int i = 0; i < REQUESTS || Math.min(successes, missing) <= ENOUGH && i < 50 * REQUESTS; i++) {
                List<String> others = new ArrayList<>(foreign);
                String start =
                        others.isEmpty() ? raced : others.get(others.size() - 1).substring(0, 12);
                String term = random.nextInt(5) == 0 ? start : raced;
                String request = CALLS.get(random.nextInt(CALLS.size())).replace("X", term);
                RawResponse response = call(proxy.connect(), request);
                responses.add(response);
                successes += response.status() < 300 ? 1 : 0;
                missing += response.status() == 404 ? 1 : 0;
            }
        } catch (IOException failed) {
            faults.add(failed.toString());
        }
    }

    @Test
    void containersOfOthersAreNeverReached() throws Exception {
        Queue<RawResponse> responses = new ConcurrentLinkedQueue<>();
        List<String> events = new ArrayList<>();
        try (RawClient stream = RawClient.connect(docker.socket())) {
            stream.request("GET", "/events?filters=%7B%22label%22%3A%5B%22owner%3Dother%22%5D%7D");
            stream.readHead();
            Thread client = new Thread(() -> act(responses));
            Thread reader = new Thread(() -> {
                try {
                    events.add(events(stream));
                } catch (IOException failed) {
                    faults.add(failed.toString());
                }
            });
            reader.start();
            client.start();
            swap(client);
            reader.join();
        }

        assertThat(faults).isEmpty();
        assertThat(events.get(0)).doesNotContain(NAME + "-2");
        Map<String, List<String>> actions = EVENT.matcher(events.get(0))
                .results()
                .collect(Collectors.groupingBy(
                        found -> found.group(2), Collectors.mapping(found -> found.group(1), Collectors.toList())));
        assertThat(actions.keySet()).isEqualTo(foreign);
        actions.forEach((id, seen) -> assertThat(seen.stream().filter(action -> !action.equals("rename")))
                .isEqualTo(
                        removed.contains(id)
                                ? List.of("create", "start", "kill", "die", "destroy")
                                : List.of("create", "start")));
        assertThat(responses).hasSizeGreaterThanOrEqualTo(REQUESTS);
        assertThat(responses.stream().filter(response -> foreign.stream().anyMatch(response.body()::contains)))
                .isEmpty();
        assertThat(responses.stream().filter(response -> response.status() < 300))
                .hasSizeGreaterThan(ENOUGH);
        assertThat(responses.stream().filter(response -> response.status() == 404))
                .hasSizeGreaterThan(ENOUGH);
    }
}
