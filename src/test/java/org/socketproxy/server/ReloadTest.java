package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.LogLevel;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.StatusFacts;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** What a new text of the file makes of the requests that follow. Nobody waits: the looks at the file are taken here. */
@Timeout(60)
class ReloadTest {
    private static final Variables VARIABLES = Variables.load();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final int RELOADS = 1000;
    private static final int CLIENTS = 4;

    @TempDir
    Path folder;

    private Path file;
    private FakeDaemon daemon;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private SocketProxyServer server;
    private EnvFileWatch watch;

    @BeforeEach
    void startDaemon() throws IOException {
        file = folder.resolve("proxy.env");
        daemon = FakeDaemon.answering(folder, OK);
        environment.putAll(Map.of(
                "SOCKET_PATH", daemon.socket().toString(),
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "off",
                "LOG_LEVEL", "err",
                "ENV_FILE", file.toString()));
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            server.close();
        }
        daemon.close();
    }

    private void start() throws Exception {
        EnvFile read = EnvFile.load(environment);
        server = SocketProxyServer.start(Settings.read(environment, read, VARIABLES), VARIABLES);
        PrintStream err = new PrintStream(log, true, StandardCharsets.UTF_8);
        watch = new EnvFileWatch(new Reload(environment, read, VARIABLES, server.configuration(), err), new Hangups());
    }

    private void startWith(String text) throws Exception {
        write(text);
        start();
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    /** In the tables a semicolon between blanks stands for a line break. */
    private static String lines(String text) {
        return text.replace(" ; ", "\n") + "\n";
    }

    private String ask(String method, String target) throws IOException {
        try (RawClient client = RawClient.connect(server.listening().get(0).port())) {
            return client.request(method, target).readResponse();
        }
    }

    private int status(String request) throws IOException {
        return Integer.parseInt(
                ask(request.split(" ")[0], request.split(" ")[1]).substring(9, 12));
    }

    private String logged() {
        return log.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=0    | CONTAINERS=1                 | GET /containers/json   | 403 | 200 | +CONTAINERS",
                "CONTAINERS=1    | CONTAINERS=0                 | GET /containers/json   | 200 | 403 | -CONTAINERS",
                "CONTAINERS=1    | # nothing                    | GET /containers/json   | 200 | 403 | -CONTAINERS",
                "EVENTS=0        | # nothing                    | GET /events            | 403 | 200 | +EVENTS",
                "EXEC=1          | IMAGES=1                     | GET /images/json       | 403 | 200 | -EXEC +IMAGES",
                "POST=1          | POST=1 ; ALLOW_RESTARTS=1    | POST /containers/a/kill | 403 | 200 | +ALLOW_RESTARTS",
                "VOLUMES=0       | # the environment's VOLUMES=1 | GET /volumes          | 403 | 200 | +VOLUMES",
                "# nothing       | PRESET=diun                  | GET /containers/json   | 403 | 200 | +CONTAINERS -EVENTS +IMAGES -LIBPOD_PING -LIBPOD_VERSION PRESET=diun",
                "# nothing       | COMPAT=tecnativa             | GET /libpod/_ping      | 200 | 403 | +ALLOW_ARCHIVE +ALLOW_CHANGES +ALLOW_EXPORT +ALLOW_LOGS +ALLOW_TOP COMPAT=tecnativa",
                "INFO=1          | INFO=1 ; LOG_LEVEL=crit      | GET /info              | 200 | 200 | LOG_LEVEL=crit",
                "INFO=1          | INFO=1 ; # said again        | GET /info              | 200 | 200 | nothing changed",
            })
    void theNextRequestIsJudgedByWhatTheFileSaysNow(
            String before, String after, String request, int was, int is, String changes) throws Exception {
        environment.put("VOLUMES", "1");
        startWith(lines(before));
        assertThat(status(request)).isEqualTo(was);

        write(lines(after));
        watch.hangUp();

        assertThat(status(request)).isEqualTo(is);
        assertThat(logged()).isEqualTo("docker-socket-proxy: reload by SIGHUP: " + changes + "\n");
        StatusFacts.Reload reload = lastReload();
        assertThat(reload.isApplied()).isTrue();
        assertThat(reload.cause()).isEqualTo("SIGHUP");
        assertThat(reload.sentences()).containsExactly(changes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST=maybe ; IMAGES=1     | @ line 1: POST=maybe: use 1, true, yes or on to allow; 0, false, no, off or nothing to deny",
                "IMAGES=1 ; LISTEN=nowhere | @ line 2: LISTEN=nowhere: use tcp://host:port",
                "IMAGES=1 ; STRICT=1 ; CONTAINER=1 | @ line 3: CONTAINER=1: there is no such variable, did you mean CONTAINERS?",
                "IMAGES=1 ; nonsense       | ENV_FILE=@: line 2 has not the form NAME=value",
                "IMAGES=1 ; PRESET=nobody  | @ line 2: PRESET=nobody: use one of traefik",
            })
    void aFileThatCannotBeUsedChangesNothingAndItIsSaidWhy(String text, String sentence) throws Exception {
        startWith("CONTAINERS=1\n");

        write(lines(text));
        watch.hangUp();

        assertRefused(sentence.replace("@", file.toString()));
    }

    @Test
    void aFileThatIsGoneChangesNothing() throws Exception {
        startWith("CONTAINERS=1\n");

        Files.delete(file);
        watch.hangUp();

        assertRefused("ENV_FILE=" + file + ": it cannot be read");
    }

    /** One sentence, in the log and on the page; what held before still holds. */
    private void assertRefused(String sentence) throws IOException {
        assertThat(status("GET /containers/json")).isEqualTo(200);
        assertThat(status("GET /images/json")).isEqualTo(403);
        assertThat(logged().lines())
                .singleElement()
                .asString()
                .startsWith("docker-socket-proxy: reload by SIGHUP refused: " + sentence);
        assertThat(lastReload().isApplied()).isFalse();
        assertThat(lastReload().sentences()).singleElement().asString().startsWith(sentence);
    }

    @Test
    void whatTakesARestartIsSaidAtEachReloadUntilThenAndTheRestIsApplied() throws Exception {
        startWith("# nothing\n");

        write("LISTEN=tcp://127.0.0.1:1\nSOCKET_PATH=/nowhere/docker.sock\nIMAGES=1\n");
        watch.hangUp();
        assertThat(status("GET /images/json")).isEqualTo(200);
        watch.hangUp();
        write("IMAGES=1\n");
        watch.hangUp();

        String head = "docker-socket-proxy: reload by SIGHUP: ";
        String restart = head + "a change of SOCKET_PATH and LISTEN takes a restart\n";
        assertThat(logged())
                .isEqualTo(head + "+IMAGES\n" + restart + head + "nothing changed\n" + restart + head
                        + "nothing changed\n");
    }

    @Test
    void misspeltVariablesAreNoticedAtAReloadToo() throws Exception {
        startWith("# nothing\n");

        write("\nEVENT=1\n");
        watch.hangUp();

        assertThat(logged())
                .endsWith("reload by SIGHUP: " + file
                        + " line 2: EVENT=1: there is no such variable, did you mean EVENTS?\n");
    }

    @Test
    void logLevelAndShutdownTimeoutHoldFromTheReloadOn() throws Exception {
        startWith("# nothing\n");

        write("LOG_LEVEL=debug\nSHUTDOWN_TIMEOUT=3m\n");
        watch.hangUp();

        Settings now = server.configuration().settings();
        assertThat(now.logLevel()).isEqualTo(LogLevel.DEBUG);
        assertThat(now.shutdownTimeout()).hasMinutes(3);
        assertThat(logged()).endsWith(": SHUTDOWN_TIMEOUT=3m LOG_LEVEL=debug\n");
    }

    @Test
    void withoutAFileAHangupSaysWhatToDo() throws Exception {
        environment.remove("ENV_FILE");
        start();

        watch.look();
        watch.look();
        assertThat(logged()).isEmpty();
        watch.hangUp();

        assertThat(logged())
                .isEqualTo("docker-socket-proxy: reload by SIGHUP refused: there is nothing to read again: the"
                        + " environment of a process cannot change while it runs; name a file in ENV_FILE, or start the"
                        + " proxy again\n");
    }

    /** Each row is what looks at the file find, one after the other; the policy is what the last column says. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one look is not enough     | EVENTS=0 ; IMAGES=1                                   | nothing",
                "two looks are              | EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1             | IMAGES",
                "half a file, then all      | CONTAINERS=1 > EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 | IMAGES",
                "it changes at each look    | IMAGES=1 > CONTAINERS=1 > IMAGES=1                    | nothing",
                "there and back             | IMAGES=1 > EVENTS=0 > IMAGES=1 > EVENTS=0             | nothing",
                "refused, then good         | POST=x > POST=x > EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 | IMAGES",
                "good, then refused         | EVENTS=0 ; IMAGES=1 > EVENTS=0 ; IMAGES=1 > POST=x > POST=x | IMAGES",
            })
    void aChangeIsAppliedWhenTwoLooksReadTheSame(String name, String looks, String granted) throws Exception {
        startWith("EVENTS=0\n");

        for (String text : looks.split(" > ")) {
            write(lines(text));
            watch.look();
        }

        assertThat(server.configuration().policy().granted())
                .as(name)
                .doesNotContain("EVENTS", "CONTAINERS")
                .matches(on -> on.contains("IMAGES") == granted.equals("IMAGES"), "IMAGES only if " + granted);
    }

    @Test
    void whatIsRefusedIsSaidOnceAndTheSameFileAgainIsGood() throws Exception {
        startWith("IMAGES=1\n");

        write("");
        lookTwice();
        lookTwice();
        write("IMAGES=1\n");
        lookTwice();
        lookTwice();

        assertThat(logged().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("docker-socket-proxy: reload by a change of " + file + " refused: ENV_FILE="
                                        + file + ": the file is empty"),
                        line -> assertThat(line).endsWith(": nothing changed"));
        assertThat(lastReload().isApplied()).isTrue();
    }

    @Test
    void aFileThatTakesItsPlaceByRenameIsSeen() throws Exception {
        startWith("# nothing\n");

        Path fresh = Files.writeString(folder.resolve("fresh"), "IMAGES=1\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        lookTwice();

        assertThat(status("GET /images/json")).isEqualTo(200);
    }

    /** A mounted ConfigMap: the file is a link through a link to a folder, and that one is turned. */
    @Test
    void aLinkThatIsTurnedToAnotherFolderIsSeen() throws Exception {
        Path old = Files.createDirectory(folder.resolve("..old"));
        Path fresh = Files.createDirectory(folder.resolve("..fresh"));
        Files.writeString(old.resolve("proxy.env"), "# nothing\n");
        Files.writeString(fresh.resolve("proxy.env"), "IMAGES=1\n");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), old.getFileName());
        Files.createSymbolicLink(file, Path.of("..data", "proxy.env"));
        start();
        lookTwice();
        assertThat(status("GET /images/json")).isEqualTo(403);

        Path turned = Files.createSymbolicLink(folder.resolve("..data_tmp"), fresh.getFileName());
        Files.move(turned, data, StandardCopyOption.ATOMIC_MOVE);
        lookTwice();

        assertThat(status("GET /images/json")).isEqualTo(200);
    }

    @Test
    void anExchangeThatHasBegunKeepsItsDecision() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        daemon.close();
        daemon = FakeDaemon.running(folder, peer -> {
            peer.readRequest();
            asked.countDown();
            await(go);
            peer.write(OK);
        });
        startWith("IMAGES=1\n");
        try (RawClient client = RawClient.connect(server.listening().get(0).port())) {
            client.request("GET", "/images/json");
            await(asked);

            write("IMAGES=0\n");
            watch.hangUp();
            assertThat(status("GET /images/json")).isEqualTo(403);
            go.countDown();

            assertThat(client.readResponse()).isEqualTo(OK);
        }
    }

    /** Of the two policies each opens what the other does not, and together they would open a third thing. */
    @Test
    void aThousandReloadsUnderLoadGiveNoAnswerThatNeitherPolicyGives() throws Exception {
        List<String> requests = List.of("GET /containers/json", "GET /images/json", "POST /containers/a/kill");
        String one = "CONTAINERS=1\n";
        String other = "POST=1\nIMAGES=1\n";
        startWith(one);
        Map<String, Set<String>> possible = new HashMap<>();
        for (String text : List.of(other, one)) {
            write(text);
            watch.hangUp();
            for (String request : requests) {
                String answer = ask(request.split(" ")[0], request.split(" ")[1]);
                possible.computeIfAbsent(request, key -> new HashSet<>()).add(answer);
            }
        }
        assertThat(possible.values()).allMatch(answers -> answers.size() == 2);
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            Callable<Map<String, Set<String>>> client = () -> askUntil(isOver, requests);
            List<Future<Map<String, Set<String>>>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(client));
            }
            for (int i = 0; i < RELOADS; i++) {
                write(i % 2 == 0 ? other : one);
                watch.hangUp();
            }
            isOver.set(true);
            Map<String, Set<String>> seen = new HashMap<>();
            for (Future<Map<String, Set<String>>> each : running) {
                each.get(20, TimeUnit.SECONDS)
                        .forEach((request, answers) -> seen.computeIfAbsent(request, key -> new HashSet<>())
                                .addAll(answers));
            }
            assertThat(seen).isEqualTo(possible);
        } finally {
            isOver.set(true);
            clients.shutdownNow();
        }
        assertThat(logged().lines())
                .hasSize(RELOADS + 2)
                .containsOnly(
                        "docker-socket-proxy: reload by SIGHUP: +CONTAINERS -IMAGES -POST",
                        "docker-socket-proxy: reload by SIGHUP: -CONTAINERS +IMAGES +POST");
    }

    /** All the different answers that one connection got. */
    private Map<String, Set<String>> askUntil(AtomicBoolean isOver, List<String> requests) throws IOException {
        Map<String, Set<String>> answers = new HashMap<>();
        try (RawClient client = RawClient.connect(server.listening().get(0).port())) {
            while (!isOver.get()) {
                for (String request : requests) {
                    String[] words = request.split(" ");
                    String answer = client.request(words[0], words[1]).readResponse();
                    answers.computeIfAbsent(request, key -> new HashSet<>()).add(answer);
                }
            }
        }
        return answers;
    }

    private void lookTwice() {
        watch.look();
        watch.look();
    }

    private StatusFacts.Reload lastReload() {
        return Objects.requireNonNull(server.configuration().lastReload());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
