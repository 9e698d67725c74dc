package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.DaemonObjects;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** {@code CREATE=safe} between the docker CLI, or raw requests, and a real dockerd. */
class CreateIT {
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");
    private static final String LINES = "create-lines.txt";

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static CreateProxies proxies;
    /** What the daemon had after the last harmful line; null before the first one and after a failure. */
    private static @Nullable SortedSet<String> unchanged;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        unchanged = null;
        proxies = new CreateProxies(docker.socket());
        Cli.Result made = docker.cli(folder, Map.of())
                .script("mkdir -p data && docker run -d --name create-it --network none busybox:local sleep 100000\n"
                        + "docker run -d --privileged --name privileged-it --network none busybox:local sleep 100000\n"
                        + "docker create --volume /etc:/host:ro --name binds-it --network none busybox:local true\n"
                        + "docker create -p 8081:80 --name ports-it --network none busybox:local true\n"
                        + "docker create --sysctl net.ipv4.ip_forward=1 --name sysctl-it --network none busybox:local true\n"
                        + "docker create --cgroup-parent /x --name cgroup-it --network none busybox:local true\n"
                        + "docker create --annotation a=b --name annotation-it --network none busybox:local true\n"
                        + "docker volume create --opt type=none --opt o=bind --opt device=/etc volume-it\n"
                        + "docker create -v volume-it:/host --name volume-it --network none busybox:local true\n"
                        + "docker run -d --volume /etc:/host:ro -v volume-it:/v --name paused-it --network none busybox:local"
                        + " sleep 100000 && docker pause paused-it\n"
                        + "docker network create bridge-it");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @AfterAll
    static void stop() {
        if (proxies == null) {
            return;
        }
        proxies.close();
        docker.cli(folder, Map.of())
                .script(
                        "docker rm -f create-it privileged-it binds-it ports-it sysctl-it cgroup-it annotation-it volume-it paused-it;"
                                + " docker volume rm volume-it; docker network rm bridge-it; docker ps -aq --filter label=create-it | xargs -r docker rm -f;"
                                + " docker volume ls -q --filter label=create-it | xargs -r docker volume rm -f;"
                                + " docker network ls -q --filter label=create-it | xargs -r docker network rm");
    }

    private static ProxyUnderTest proxy(String settings) {
        return proxies.with(settings);
    }

    /** Replaces the abbreviations of the file of lines. */
    private static CreateLine expanded(CreateLine line) {
        CreateLine placed = line.in(folder);
        return new CreateLine(
                placed.outcome(),
                placed.settings(),
                placed.script()
                        .replace("RUN", "docker run --rm --label create-it --network none")
                        .replace("CREATE", "docker create --label create-it --network none"));
    }

    private static Cli.Result run(CreateLine line) {
        CreateLine expanded = expanded(line);
        return proxies.cli(folder, expanded.settings()).script(expanded.script());
    }

    static Stream<CreateLine> harmless() {
        return Corpus.sample(CreateLine.read(LINES, "allow"));
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void harmlessLineOfTheDockerCliWorksAsWithoutProxy(CreateLine line) throws IOException {
        Cli.Result result = run(line);
        Cli.Result direct = docker.cli(folder, Map.of()).script(expanded(line).script());

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(CreateLine.withoutIds(result)).isEqualTo(CreateLine.withoutIds(direct));
        removeLabelled();
    }

    /** Removes the line's containers, because each harmful line inspects all containers twice. */
    private static void removeLabelled() throws IOException {
        try (RawClient client = RawClient.connect(docker.socket())) {
            client.request("GET", "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22create-it%22%5D%7D");
            removeCreated(client.readAnswer("GET").body());
        }
    }

    static Stream<CreateLine> harmful() {
        return Corpus.sample(CreateLine.read(LINES, "deny"));
    }

    @ParameterizedTest
    @MethodSource("harmful")
    void harmfulLineOfTheDockerCliIsDeniedWithoutEffect(CreateLine line) throws IOException {
        SortedSet<String> before = unchanged == null ? DaemonObjects.of(docker.socket()) : unchanged;
        unchanged = null;
        Cli.Result result = run(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).containsAnyOf("CREATE=safe", "CREATE_", "is never allowed", "received 403");
        SortedSet<String> after = DaemonObjects.of(docker.socket());
        assertThat(after).isEqualTo(before);
        unchanged = after;
    }

    /** The exec's id is in the target, so that the proxy asks for its container first. */
    @Test
    void startOfAnExecInAPrivilegedContainerIsDenied() throws IOException {
        String body = "{\"Cmd\":[\"true\"]}";
        String safe = execId(post(RawClient.connect(docker.socket()), "/containers/create-it/exec", body));
        String privileged = execId(post(RawClient.connect(docker.socket()), "/containers/privileged-it/exec", body));
        String start = "{\"Detach\":true}";

        assertThat(post(proxy("-").connect(), "/exec/" + safe + "/start", start))
                .startsWith("HTTP/1.1 200 ");
        assertThat(post(proxy("-").connect(), "/exec/" + privileged + "/start", start))
                .startsWith("HTTP/1.1 403 ")
                .contains("the container's HostConfig.Privileged is true");
    }

    private static String execId(String response) {
        Matcher id = ID.matcher(response);
        assertThat(id.find()).as(response).isTrue();
        return id.group(1);
    }

    /** A body, and the text of the daemon's inspect that shows its effect. */
    private record Odd(String body, String effect) {}

    static List<Odd> oddBodies() {
        Map<String, String> harmful = Map.of(
                "\"Privileged\":true", "\"Privileged\":true",
                "\"PidMode\":\"host\"", "\"PidMode\":\"host\"",
                "\"CapAdd\":[\"SYS_ADMIN\"]", "SYS_ADMIN",
                "\"Binds\":[\"/etc:/host\"]", "\"/etc:/host\"",
                "\"SecurityOpt\":[\"seccomp=unconfined\"]", "seccomp=unconfined",
                "\"IpcMode\":\"host\"", "\"IpcMode\":\"host\"",
                "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/etc\",\"Target\":\"/host\"}]", "\"Source\":\"/etc\"",
                "\"Devices\":[{\"PathOnHost\":\"/dev/null\",\"PathInContainer\":\"/dev/x\",\"CgroupPermissions\":\"r\"}]",
                        "/dev/null");
        return harmful.entrySet().stream()
                .flatMap(field -> forms(field.getKey()).map(body -> new Odd(body, field.getValue())))
                .toList();
    }

    private static Stream<String> forms(String member) {
        String name = member.substring(1, member.indexOf('"', 1));
        String value = member.substring(name.length() + 3);
        Stream<String> spellings = Stream.of(
                name,
                name.toLowerCase(java.util.Locale.ROOT),
                name.toUpperCase(java.util.Locale.ROOT),
                name.replace('s', '\u017f'),
                name.replace('S', '\u017f'),
                name.replace("e", "\\u0065"));
        Stream<String> folded = spellings.map(spelling -> "{\"HostConfig\":{\"" + spelling + "\":" + value + "}}");
        Stream<String> merged = Stream.of(
                "{\"hostconfig\":{" + member + "}}",
                "{\"Ho\u017ftConfig\":{" + member + "}}",
                "{\"HostConfig\":{" + member + "},\"HostConfig\":{}}",
                "{\"HostConfig\":{},\"HostConfig\":{" + member + "}}",
                "{\"HostConfig\":{" + member + "},\"HostConfig\":null}",
                "{\"HostConfig\":null,\"hostConfig\":{" + member + "}}",
                "{\"HostConfig\":{\"" + name + "\":null," + member + "}}",
                "{\"HostConfig\":{" + member + ",\"" + name + "\":null}}",
                "{" + member + "}",
                "{\"HostConfig\":{" + member + "}}}",
                "{\"HostConfig\":{" + member + "}} x",
                "\ufeff{\"HostConfig\":{" + member + "}}");
        return Stream.concat(folded, merged)
                .map(body -> body.replaceFirst("\\{", "{\"Image\":\"busybox:local\",\"Labels\":{\"create-it\":\"1\"},"))
                .map(body -> body.replace(",}", "}"));
    }

    /** Whatever takes effect on the daemon is denied by the proxy, in every form. */
    @Test
    void bodyThatTakesEffectDirectlyIsDenied() throws IOException {
        AtomicInteger effective = new AtomicInteger();
        Map<String, Integer> statuses = new HashMap<>();
        for (Odd odd : oddBodies()) {
            boolean isEffective = takesEffect(odd);
            String proxied = post(proxy("-").connect(), odd.body);
            if (isEffective) {
                effective.incrementAndGet();
                statuses.merge(proxied.substring(9, 12), 1, Integer::sum);
            }
            removeCreated(proxied);
        }
        System.out.println(
                "bodies " + oddBodies().size() + ", effective " + effective + ", through the proxy " + statuses);

        assertThat(effective.get()).isGreaterThan(40);
        assertThat(statuses).isEqualTo(Map.of("403", effective.get()));
    }

    private static boolean takesEffect(Odd odd) throws IOException {
        String created = post(RawClient.connect(docker.socket()), odd.body);
        Matcher id = ID.matcher(created);
        if (!id.find()) {
            return false;
        }
        try (RawClient client = RawClient.connect(docker.socket())) {
            client.send("GET /containers/" + id.group(1) + "/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
            return client.readToEnd().contains(odd.effect);
        } finally {
            removeCreated(created);
        }
    }

    /** Removes the containers that a response names. */
    private static void removeCreated(String response) throws IOException {
        for (Matcher id = ID.matcher(response); id.find(); ) {
            try (RawClient client = RawClient.connect(docker.socket())) {
                client.send("DELETE /containers/" + id.group(1)
                        + "?force=1 HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
                client.readToEnd();
            }
        }
    }

    private static String post(RawClient connection, String body) throws IOException {
        return post(connection, "/containers/create", body);
    }

    private static String post(RawClient connection, String target, String body) throws IOException {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = connection) {
            client.send(
                    "POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + bytes.length() + "\r\n\r\n" + bytes);
            return client.readToEnd();
        }
    }

    @Test
    void corpusOfLinesIsLarge() {
        assertThat(CreateLine.read(LINES, "allow")).hasSizeGreaterThanOrEqualTo(80);
        assertThat(CreateLine.read(LINES, "deny")).hasSizeGreaterThanOrEqualTo(120);
    }
}
