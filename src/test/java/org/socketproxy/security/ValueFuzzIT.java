package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DaemonWatch;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/**
 * Sends generated values through a proxy with {@code CREATE=safe} to a dockerd with limited memory, starts what was created,
 * and checks the daemon and the host, not the responses: the daemon stays alive, its memory and processor time stay bounded,
 * and files of the host do not change. {@code -Dvalues.minutes=60 -Dvalues.seed=1} runs it for longer.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS)
@Tag("thorough")
class ValueFuzzIT {
    private static final int RUNS = 30;
    private static final List<String> SETTINGS = List.of(
            "", "log-driver:gelf,log-driver:syslog,log-driver:fluentd,annotations,ports,image-changes,host-resources");
    private static final Pattern ID = Pattern.compile("\"(?:Id|ID)\":\\s*\"([0-9a-z]{25,64})\"");
    private static final Path HOST_FILES = Path.of("/etc");

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static DaemonWatch watch;

    /** Number of requests by operation and status. */
    private final Map<String, Integer> counts = new TreeMap<>();

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        docker.awaitReady();
        RealDocker.makeImage(direct());
        direct().script("docker swarm init --listen-addr 127.0.0.1:23772 --advertise-addr 127.0.0.1:23772");
        watch = DaemonWatch.limiting(docker.pid(), 2L << 30);
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            if (watch != null) {
                watch.close();
            }
            direct().script(
                            "docker service ls -q | xargs -r docker service rm; docker ps -aq | xargs -r docker rm -fv");
            docker.close();
        }
    }

    private static Cli direct() {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
    }

    @Test
    void noAllowedValueHarmsTheDaemonOrTheHost() throws Exception {
        long seed = Long.getLong("values.seed", 1);
        Duration limit = Duration.ofMinutes(Integer.getInteger("values.minutes", 0));
        long begin = System.nanoTime();
        Map<Path, String> files = files();
        for (int run = 0; run < RUNS || System.nanoTime() - begin < limit.toNanos(); run++) {
            long own = seed * 1_000_000 + run;
            String sent = run(own);
            assertThat(watch.problem()).as("run %d: %s", own, sent).isNull();
            assertThat(files()).as("run %d: %s", own, sent).isEqualTo(files);
            watch.next();
        }
        System.out.println("ValueFuzzIT: " + counts + ", " + watch);
        assertThat(counts.keySet()).as("some creates are allowed").contains("ContainerCreate 201");
    }

    /** Performs one run; returns its requests. */
    private String run(long seed) throws IOException {
        ValueGenerator values = new ValueGenerator(seed);
        try (ProxyUnderTest proxy = proxy(SETTINGS.get((int) (seed % SETTINGS.size())))) {
            return switch ((int) (seed % 5)) {
                case 0 -> network(proxy, values, "value" + seed);
                case 1 -> service(proxy, values, "value" + seed);
                default -> container(proxy, values, "value" + seed);
            };
        }
    }

    private static ProxyUnderTest proxy(String allowances) {
        Map<String, String> settings = new HashMap<>();
        Variables.load().all().forEach(variable -> settings.put(variable.name(), "1"));
        settings.put("CREATE", "safe");
        if (!allowances.isEmpty()) {
            settings.put("CREATE_ALLOW", allowances);
        }
        return ProxyUnderTest.with(docker.socket(), settings);
    }

    private String container(ProxyUnderTest proxy, ValueGenerator values, String name) throws IOException {
        String body = values.body("ContainerCreate", name);
        StringBuilder sent = new StringBuilder(body);
        RawResponse created = send(proxy, "ContainerCreate", "POST", "/containers/create?name=" + name, body);
        String read = values.read(created.status() == 201 ? name : "none");
        sent.append('\n').append(read);
        if (created.status() == 201) {
            String update = values.body("ContainerUpdate", name);
            String exec = values.body("ContainerExec", name);
            sent.append('\n').append(update).append('\n').append(exec);
            send(proxy, "ContainerStart", "POST", "/containers/" + name + "/start", "");
            send(proxy, "ContainerUpdate", "POST", "/containers/" + name + "/update", update);
            RawResponse execCreated = send(proxy, "ContainerExec", "POST", "/containers/" + name + "/exec", exec);
            Matcher id = ID.matcher(execCreated.body());
            if (id.find()) {
                send(proxy, "ExecStart", "POST", "/exec/" + id.group(1) + "/start", "{\"Detach\":true}");
            }
            send(proxy, "Logs", "GET", "/containers/" + name + "/logs?stdout=1", "");
        }
        send(proxy, "Read", "GET", read, "");
        String commit = values.body("ImageCommit", name);
        send(proxy, "ImageCommit", "POST", "/commit?container=" + name + "&repo=v", commit);
        direct().script("docker rm -fv " + name + "; docker image rm -f v; true");
        return sent.append('\n').append(commit).toString();
    }

    private String network(ProxyUnderTest proxy, ValueGenerator values, String name) throws IOException {
        String network = values.body("NetworkCreate", name);
        String volume = values.body("VolumeCreate", name);
        String read = values.read("none");
        send(proxy, "NetworkCreate", "POST", "/networks/create", network);
        send(proxy, "VolumeCreate", "POST", "/volumes/create", volume);
        send(proxy, "Read", "GET", read, "");
        direct().script("docker network rm " + name + "; docker volume rm " + name + "; true");
        return network + "\n" + volume + "\n" + read;
    }

    private String service(ProxyUnderTest proxy, ValueGenerator values, String name) throws IOException {
        String body = values.body("ServiceCreate", name);
        RawResponse created = send(proxy, "ServiceCreate", "POST", "/services/create", body);
        if (created.status() == 201) {
            direct().script(
                            "for i in $(seq 30); do docker service ps " + name
                                    + " --format '{{.CurrentState}} {{.Error}}' | grep -qE 'Running|Failed|Rejected|Complete|.+ago .+' && break; sleep 0.1; done");
            direct().script("docker service rm " + name + "; true");
        }
        return body;
    }

    private RawResponse send(ProxyUnderTest proxy, String operation, String method, String target, String body)
            throws IOException {
        String head = method + " " + target + " HTTP/1.1\r\nHost: d\r\n"
                + (method.equals("POST")
                        ? "Content-Type: application/json\r\nContent-Length: " + length(body) + "\r\n"
                        : "");
        try (RawClient client = proxy.connect()) {
            RawResponse response = answer(client, head + "Connection: close\r\n\r\n", method, body);
            counts.merge(operation + " " + response.status(), 1, Integer::sum);
            return response;
        }
    }

    private static RawResponse answer(RawClient client, String head, String method, String body) throws IOException {
        try {
            client.send(head);
            client.output().write(body.getBytes(StandardCharsets.UTF_8));
            return client.readAnswer(method);
        } catch (SocketException refused) { // the proxy closed the connection before it read the whole request
            return new RawResponse(0, List.of(), "", "", false);
        }
    }

    private static int length(String body) {
        return body.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Size and time of change of each file of the host that a run must not change. */
    private static Map<Path, String> files() throws IOException {
        Map<Path, String> files = new TreeMap<>();
        try (Stream<Path> found = Files.walk(HOST_FILES)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                files.put(
                        file,
                        Files.size(file) + " " + Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
            }
        }
        return files;
    }
}
