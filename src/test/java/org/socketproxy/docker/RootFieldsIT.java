package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.policy.create.FieldTable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RestartableDocker;

/**
 * Each field of the class {@code root} reaches the host on a real dockerd, and is denied by {@code CREATE=safe};
 * {@code root-fields.txt} says how.
 */
@Tag("thorough")
class RootFieldsIT {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String OUTPUT_FLAGS = "\"AttachStdout\":true,\"AttachStderr\":true,";

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static CreateProxies proxies;
    private static Cli.Running hostProcess;
    private static String loop = "";

    /** @param body {@code -} if the effect cannot be shown */
    private record Attack(String operation, List<String> paths, String body, String command, String output) {
        boolean isShown() {
            return !body.equals("-");
        }
    }

    private static Stream<Attack> all() {
        return Corpus.lines(RootFieldsIT.class, "root-fields.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" \\| ", 5))
                .map(cells -> new Attack(
                        cells[0], List.of(cells[1].split(", ")), cells[2], cells[3], cells.length > 4 ? cells[4] : ""));
    }

    @BeforeAll
    static void start() throws Exception {
        docker = RestartableDocker.start();
        proxies = new CreateProxies(docker.socket());
        docker.awaitReady();
        Files.writeString(folder.resolve("secret"), "host-secret\n");
        Cli.Result made = cli().script("mkdir -p image/bin image/tmp && cp $(command -v busybox) image/bin/busybox\n"
                + "for applet in cat dd echo ls sh sleep test tr true; do ln -s busybox image/bin/$applet; done\n"
                + "tar -C image -c . | docker import - busybox:local\n"
                + "docker swarm init --advertise-addr 127.0.0.1\n"
                + "docker run -d --name base-it --network none busybox:local sleep 1000\n"
                + "docker create --name binds-it --network none -v $PWD:/h busybox:local true");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Cli.Result disk = cli().script("cp secret disk && truncate -s 1M disk && losetup --find --show disk");
        assertThat(disk.exitCode()).as(disk.stderr()).isZero();
        loop = disk.stdout().strip();
        hostProcess = cli().start("sh", "-c", "sleep 1000; : host-secret");
    }

    @AfterAll
    static void stop() throws Exception {
        if (hostProcess != null) {
            hostProcess.close();
        }
        if (docker != null) {
            proxies.close();
            cli().run("losetup", "--detach", loop);
            cli().script("docker service ls -q | xargs -r docker service rm; docker swarm leave --force;"
                    + " docker ps -aq | xargs -r docker rm -fv; docker volume ls -q | xargs -r docker volume rm -f");
            docker.close();
        }
    }

    private static Cli cli() {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
    }

    private static String expanded(String text) throws IOException {
        return text.replace("FOLDER", folder.toString())
                .replace("LOOP", loop)
                .replace("MINOR", loop.replace("/dev/loop", ""))
                .replace("PID", String.valueOf(hostProcess.pid()))
                .replace("HOSTNET", namespace(docker.pid(), "net")) // the daemon has a network of its own
                .replace("HOSTIPC", namespace(ProcessHandle.current().pid(), "ipc"))
                .replace("HOSTUTS", namespace(ProcessHandle.current().pid(), "uts"))
                .replace("HOSTCAPS", capabilities());
    }

    private static String namespace(long pid, String kind) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc", String.valueOf(pid), "ns", kind))
                .toString();
    }

    private static String capabilities() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("CapEff:"))
                .findFirst()
                .orElseThrow();
    }

    /** Adds members to the first object after a key, or to the whole body if the key is empty. */
    private static String with(String body, String key, String members) {
        int at = body.indexOf('{', key.isEmpty() ? 0 : body.indexOf("\"" + key + "\""));
        return body.substring(0, at + 1) + members + body.substring(at + 1);
    }

    private static String quoted(String command) {
        return "[\"sh\",\"-c\",\"" + command.replace("\\", "\\\\").replace("\"", "\\\"") + "\"]";
    }

    private static String target(Attack attack) {
        return switch (attack.operation) {
            case "ContainerCreate" -> "/containers/create";
            case "ContainerExec" -> "/containers/base-it/exec";
            case "VolumeCreate" -> "/volumes/create";
            case "ServiceCreate" -> "/services/create";
            default -> throw new IllegalArgumentException(attack.operation);
        };
    }

    /** The complete body: the field with its value, the image and the command. */
    private static String body(Attack attack, boolean isWithField) throws IOException {
        String command = "\"Cmd\":" + quoted(expanded(attack.command));
        String body = expanded(attack.body);
        return switch (attack.operation) {
            case "ContainerCreate" ->
                with(
                        isWithField ? body : "{}",
                        "",
                        "\"Image\":\"busybox:local\"," + command + ",\"Tty\":true" + (isWithField ? "," : ""));
            case "ContainerExec" -> with(isWithField ? body : "{\"Tty\":false}", "", OUTPUT_FLAGS + command + ",");
            case "ServiceCreate" -> {
                String spec = "\"Image\":\"busybox:local\",\"TTY\":true,\"Command\":"
                        + command.substring("\"Cmd\":".length());
                yield with(
                        with(
                                isWithField
                                        ? with(body, "ContainerSpec", spec + ",")
                                        : "{\"TaskTemplate\":{\"ContainerSpec\":{" + spec + "}}}",
                                "TaskTemplate",
                                "\"RestartPolicy\":{\"Condition\":\"none\"},"),
                        "",
                        "\"Name\":\"svc-it\",");
            }
            default -> isWithField ? body : "{\"Name\":\"evil-it\"}";
        };
    }

    private static String post(RawClient connection, String target, String body) throws IOException {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = connection) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + bytes.length() + "\r\n\r\n" + bytes);
            return client.readToEnd();
        }
    }

    /** Sends a request to the daemon without the proxy and returns what the command printed. */
    private static String effect(Attack attack, boolean isWithField) throws IOException {
        String response = post(RawClient.connect(docker.socket()), target(attack), body(attack, isWithField));
        assertThat(response).startsWith("HTTP/1.1 201 ");
        String id = response.replaceAll("(?s).*\"I[dD]\":\"([0-9a-z]+)\".*", "$1");
        String script = switch (attack.operation) {
            case "ContainerCreate" -> "docker start -a ID || true; docker rm -fv ID > /dev/null";
            case "VolumeCreate" ->
                "docker run --rm --network none -v evil-it:/h busybox:local sh -c '" + expanded(attack.command)
                        + "' || true; docker volume rm evil-it > /dev/null";
            case "ServiceCreate" ->
                "until docker service ps ID --format '{{.CurrentState}}' | grep -qE '^(Complete|Failed|Rejected)'; do sleep 0.1; done\n"
                        + "docker service logs --raw ID 2>&1; docker service rm ID > /dev/null";
            default -> "";
        };
        if (script.isEmpty()) {
            return post(RawClient.connect(docker.socket()), "/exec/" + id + "/start", "{}");
        }
        try (Cli.Running running = cli().start("bash", "-c", script.replace("ID", id))) {
            running.closeStdin();
            return running.await(LIMIT).stdout();
        }
    }

    static Stream<Attack> shown() {
        return all().filter(Attack::isShown);
    }

    @ParameterizedTest
    @MethodSource("shown")
    void fieldReachesTheHostAndIsDenied(Attack attack) throws IOException {
        String output = expanded(attack.output);

        assertThat(effect(attack, true)).contains(output);
        assertThat(effect(attack, false)).doesNotContain(output);
        assertThat(post(proxies.with("-").connect(), target(attack), body(attack, false)))
                .startsWith("HTTP/1.1 201 ");
        cli().script("docker service ls -q | xargs -r docker service rm; docker volume rm -f evil-it");
        assertThat(post(proxies.with("-").connect(), target(attack), body(attack, true)))
                .startsWith("HTTP/1.1 403 ")
                .contains("CREATE=safe");
    }

    /**
     * A field of the class root is in the file, also if it cannot be shown. Fields of Podman's own API are not: {@link
     * CreateLibpodIT} shows the effect of a selection.
     */
    @Test
    void everyFieldOfTheClassRootIsInTheFile() {
        TreeSet<String> missing = new TreeSet<>();
        FieldTable.load().rows().stream()
                .filter(row -> row.kind().equals("root") && row.part().equals("body"))
                .filter(row -> !row.operations().get(0).endsWith("Libpod"))
                .forEach(row -> missing.add(row.operations().get(0) + " " + row.path()));
        all().forEach(attack -> attack.paths.forEach(path -> missing.remove(attack.operation + " " + path)));

        assertThat(missing).isEmpty();
    }
}
