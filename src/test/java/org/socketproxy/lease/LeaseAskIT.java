package org.socketproxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.command.CommandLine;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RealDocker;

/** Denied requests of a lease about which a person is asked, on a real dockerd. The user 1000 opens the lease. */
class LeaseAskIT {
    private static final Pattern WAITS =
            Pattern.compile("; ([0-9A-F]{4}) waits for approval: repeat this command later");
    private static final Pattern NUMBER = Pattern.compile("\"approval\":\"([0-9A-F]{4})\"");
    private static final String CREATE = "docker create --network net ";
    private static final String IMAGE = " busybox:local sleep 1000";

    @TempDir
    static Path temporary;

    private static RealDocker docker;
    private static LeaseWorld world;
    private static Path projects;

    private Cli.Running opener;
    private String id = "";
    private Cli client;

    @BeforeAll
    static void start() throws Exception {
        docker = RealDocker.get();
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx--x--x"));
        world = new LeaseWorld(temporary, docker.socket());
        projects = Files.createDirectories(temporary.toRealPath().resolve("projects"));
        Files.createDirectories(projects.resolve("library"));
        Files.writeString(projects.resolve("library/file"), "content\n");
        Files.createSymbolicLink(projects.resolve("link"), Path.of("/etc"));
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    /** A lease without images and ports. */
    private void open() throws Exception {
        String target = "http://control/leases?template=asking";
        opener = docker.cli(temporary, Map.of()).start(asUser(1000, "-N", "-X", "POST", target));
        opener.awaitUntil(
                "the lease is open",
                Duration.ofMinutes(1),
                () -> opener.stdout().contains("\"key\""));
        id = opener.stdout().replaceFirst("(?s).*\"lease\":\"([0-9a-f]{8})\".*", "$1");
        client = Cli.in(temporary, Map.of("DOCKER_HOST", "unix://" + world.leases.resolve(id) + "/docker.sock"));
    }

    @BeforeEach
    void openWithImage() throws Exception {
        open();
        approveHeld("docker pull -q busybox:local || true");
        succeeding("docker network create net");
    }

    @AfterEach
    void close() throws Exception {
        opener.close();
        world.awaitNoLease("asking");
    }

    private static String[] asUser(int uid, String... words) {
        return Stream.concat(
                        Stream.of(
                                "setpriv",
                                "--reuid=" + uid,
                                "--clear-groups",
                                "curl",
                                "-s",
                                "--unix-socket",
                                world.control().toString()),
                        Stream.of(words))
                .toArray(String[]::new);
    }

    private static String answer(int uid, String method, String question) {
        return docker.cli(temporary, Map.of())
                .run(asUser(uid, "-X", method, "http://control/approvals/" + question))
                .stdout();
    }

    private String succeeding(String script) {
        Cli.Result result = client.script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout();
    }

    /** Runs a script that is denied, and returns the number of the question. */
    private String asking(String script) {
        Cli.Result denied = client.script(script);
        assertThat(denied.exitCode()).isNotZero();
        Matcher waits = WAITS.matcher(denied.stderr());
        assertThat(waits.find()).as(denied.stderr()).isTrue();
        return waits.group(1);
    }

    private static List<String> waiting() {
        try (ControlClient root = ControlClient.send(world.control(), "GET", "/approvals")) {
            JsonArray all = (JsonArray) root.next();
            return all.elements().stream()
                    .map(each -> ((JsonObject) each).text("approval"))
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Approves the only request of a script while it is held. */
    private Cli.Result approveHeld(String script) throws Exception {
        try (Cli.Running held = client.start("bash", "-c", script)) {
            held.awaitUntil(
                    "a request waits", Duration.ofMinutes(1), () -> !waiting().isEmpty());
            assertThat(answer(1001, "POST", waiting().get(0))).containsPattern(NUMBER);
            return held.await(Duration.ofMinutes(1));
        }
    }

    @Test
    void heldRequestGoesOnWhenItIsApproved() throws Exception {
        Cli.Result created = approveHeld(CREATE + "--name web -p 127.0.0.1:18083:80" + IMAGE);

        assertThat(created.exitCode()).as(created.stderr()).isZero();
        assertThat(waiting()).isEmpty();
        assertThat(succeeding("docker start web && docker exec web echo entered && docker port web"))
                .contains("entered", "127.0.0.1:18083");
        assertThat(world.records)
                .anyMatch(line -> line.contains("lease-asked by uid 1000 profile asking:" + id)
                        && line.contains("ContainerCreate of busybox:local: CREATE_ALLOW=ports:127.0.0.1:18083"))
                .anyMatch(line -> line.contains("lease-approved by uid 1001 profile asking:" + id));
    }

    @Test
    void approvalIsForTheSameRequestOnce() {
        String port = CREATE + "-p 18084:80";
        String question = asking(port + IMAGE);
        assertThat(answer(1001, "POST", question)).contains(question);

        String another = asking(CREATE + "-p 18085:80" + IMAGE);
        assertThat(another).isNotEqualTo(question);
        assertThat(asking(CREATE + "-p 18084:81" + IMAGE)).isNotEqualTo(question);
        assertThat(asking(port + " busybox@sha256:" + "0".repeat(64))).isNotEqualTo(question);
        assertThat(client.script(port + " --privileged" + IMAGE).stderr())
                .contains("Privileged is true")
                .doesNotContain("approval");
        succeeding(port + IMAGE);
        assertThat(asking(port + IMAGE)).isNotEqualTo(question);
        assertThat(world.records)
                .filteredOn(line -> line.contains("lease-approved") && line.contains(question))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--privileged",
                "-p 18086:80 --pid host",
                "-p 18086:80 -v /etc:/t:ro",
                "-v PROJECTS/library:/t",
                "-v PROJECTSx:/t:ro",
                "-v PROJECTS/../..:/t:ro",
                "-v /var/run:/t:ro",
                "-v /:/t:ro",
                "--device /dev/null",
                "--cap-add SYS_ADMIN -p 18086:80",
            })
    void nothingElseIsAsked(String options) {
        Cli.Result denied = client.script(CREATE + options.replace("PROJECTS", projects.toString()) + IMAGE);

        assertThat(denied.exitCode()).isNotZero();
        assertThat(denied.stderr()).doesNotContain("approval");
        assertThat(waiting()).isEmpty();
    }

    /** The container can be entered, reads the real folder only, and is no way for other containers. */
    @Test
    void approvedPathIsRead() throws Exception {
        String folder = projects + "/library";
        Cli.Result created = approveHeld(CREATE + "--name reader -v " + folder + ":/l:ro" + IMAGE);

        assertThat(created.exitCode()).as(created.stderr()).isZero();
        assertThat(succeeding("docker start reader && docker exec reader cat /l/file"))
                .contains("content");
        assertThat(client.script("docker exec reader touch /l/new").stderr()).contains("Read-only file system");
        assertThat(client.script(CREATE + "--volumes-from reader:rw --name thief" + IMAGE + " && docker start thief")
                        .exitCode())
                .isNotZero();
        Cli.Result linked = approveHeld(
                CREATE + "--name linked -v " + projects + "/link:/l:ro" + IMAGE + " && docker start linked");
        assertThat(linked.stderr()).contains("a link must not lead out");
    }

    @ParameterizedTest
    @CsvSource({
        "1000, POST, another user must answer: uid 1000 has opened the lease",
        "1000, DELETE, another user must answer",
        "1002, POST, there is no request",
        "1002, DELETE, there is no request",
    })
    void otherUsersAnswerNothing(int uid, String method, String sentence) {
        String question = asking(CREATE + "-p 18087:80" + IMAGE);

        assertThat(answer(uid, method, question)).contains(sentence);
        assertThat(waiting()).containsExactly(question);
        assertThat(docker.cli(temporary, Map.of())
                        .run(asUser(1002, "http://control/approvals"))
                        .stdout())
                .isEqualTo("[]\n");
        assertThat(asking(CREATE + "-p 18087:80" + IMAGE)).isEqualTo(question);
    }

    @Test
    void refusalIsToldAtOnce() {
        String question = asking(CREATE + "-p 18088:80" + IMAGE);
        assertThat(command("approve", question.toLowerCase(Locale.ROOT), "--refuse"))
                .startsWith("refused " + question + "\tlease " + id
                        + " (asking, uid 1000)\tContainerCreate of busybox:local")
                .contains("\tCREATE_ALLOW=ports:127.0.0.1:18088 (it opens ports of the host to the network)");

        assertThat(client.script(CREATE + "-p 18088:80" + IMAGE).stderr()).contains("; " + question + " was refused");
        assertThat(command("approve")).isEmpty();
        assertThat(command("approve", question)).contains("there is no request " + question);
    }

    /** The page has no login, so that it only shows what waits. */
    @Test
    void statusPageShowsWhatWaits() throws Exception {
        String question = asking(CREATE + "-p 18091:80" + IMAGE);

        assertThat(ProcessResources.await(() -> page().contains("waits for approval: " + question
                        + ": ContainerCreate of busybox:local: CREATE_ALLOW=ports:127.0.0.1:18091")))
                .isTrue();
        String section = page().replaceFirst("(?s)^.*<h2 id=\"leases\">", "").replaceFirst("(?s)</section>.*$", "");
        assertThat(section).contains(question).doesNotContain("<button", "<form", "<a ");
    }

    private static String page() {
        try (InputStream page = URI.create(world.proxy().statusPage()).toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String command(String... words) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        new CommandLine(Map.of("LEASES", world.leases.toString()), stream, stream).run(words);
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void fewRequestsWait() throws Exception {
        String all = "for p in 1 2 3 4 5 6; do " + CREATE + "-p 1809$p:80" + IMAGE + " & done; wait; exit 1";
        Cli.Result denied = client.script(all);

        assertThat(WAITS.matcher(denied.stderr()).results()).hasSize(Approvals.MOST_WAITING);
        assertThat(denied.stderr()).contains("; 5 requests of this lease wait for approval");
        assertThat(waiting()).hasSize(Approvals.MOST_WAITING);
        Path body = Files.writeString(temporary.resolve("body"), """
                {"Image": "busybox:local", "HostConfig":
                  {"NetworkMode": "net", "PortBindings": {"80/tcp": [{"HostPort": "18099"}]}}}""");
        String statuses = client.script(
                        "curl -s -o /dev/null -w '%{http_code}\n' -H Content-Type:application/json -d @" + body
                                + " --unix-socket ${DOCKER_HOST#unix://} 'http://docker/containers/create?name=[1-1000]'")
                .stdout();
        assertThat(statuses.lines()).hasSize(1000).containsOnly("403");
        assertThat(waiting()).hasSize(Approvals.MOST_WAITING);
        assertThat(world.records)
                .filteredOn(line -> line.contains("lease-asked") && line.contains("asking:" + id + " "))
                .hasSize(1 + Approvals.MOST_WAITING);
    }

    @Test
    void clientThatLeavesTakesNoApproval() throws Exception {
        String create = CREATE + "-p 18089:80" + IMAGE;
        try (Cli.Running left = client.start("bash", "-c", create)) {
            left.awaitUntil(
                    "the request waits", Duration.ofMinutes(1), () -> !waiting().isEmpty());
        }
        assertThat(ProcessResources.await(() -> world.records.stream()
                        .anyMatch(line -> line.contains("asking:" + id) && line.contains("deny container-incomplete"))))
                .isTrue();
        String question = waiting().get(0);

        assertThat(answer(0, "POST", question)).contains(question);
        succeeding(create);
    }

    /** Also an approved request counts as one of the lease: its end waits for nothing. */
    @Test
    void endOfTheLeaseEndsWhatWaits() throws Exception {
        try (Cli.Running held = client.start("bash", "-c", CREATE + "-p 18090:80" + IMAGE)) {
            held.awaitUntil(
                    "the request waits", Duration.ofMinutes(1), () -> !waiting().isEmpty());
            String question = waiting().get(0);
            world.ask("DELETE", "/leases/" + id);
            assertThat(held.await(Duration.ofMinutes(1)).exitCode()).isNotZero();
            assertThat(waiting()).isEmpty();
            assertThat(answer(0, "POST", question)).contains("there is no request");
        }
    }
}
