package org.socketproxy.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.command.CommandLine;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.NotifySettings;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ConfigurationReloader;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Notices;
import org.socketproxy.testing.RawClient;
import org.socketproxy.usage.Usage;

/** Messages of a running proxy with a policy file, to a webhook on this machine. */
class NotifierTest {
    private static final String TOKEN = "a-secret-token-of-the-webhook";
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.0/8}]
                variables: {CONTAINERS: 1}
            """;

    @TempDir
    Path folder;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();
    private HttpServer hook;
    private FakeDaemon daemon;
    private SocketProxyServer proxy;
    private ConfigurationReloader reloader;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private Map<String, String> environment;

    @BeforeEach
    void start() throws Exception {
        hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.createContext("/", exchange -> {
            received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        hook.start();
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        environment = Map.of(
                "SOCKET_PATH",
                daemon.socket().toString(),
                "LISTEN",
                "tcp://127.0.0.1:0",
                "STATUS_LISTEN",
                "tcp://127.0.0.1:0",
                "POLICY",
                policy.toString(),
                "NOTIFY",
                "http://127.0.0.1:" + hook.getAddress().getPort() + "/" + TOKEN,
                "NOTIFY_FORMAT",
                "ntfy");
        ConfigurationFiles files = ConfigurationFiles.load(environment);
        proxy = SocketProxyServer.start(
                Settings.read(environment, files, Variables.load()), Variables.load(), records::add, List.of());
        reloader = new ConfigurationReloader(
                environment,
                files,
                Variables.load(),
                proxy.configuration(),
                proxy.exchanges(),
                proxy.profiles(),
                proxy.auditLog(),
                Notices.to(log));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
        hook.stop(0);
    }

    private String next() throws InterruptedException {
        return received.poll(120, TimeUnit.SECONDS);
    }

    private String ask(String target) throws IOException {
        try (RawClient client = RawClient.connect(proxy.port())) {
            return client.request("GET", target).readResponse();
        }
    }

    @Test
    void newKindOfDenialIsSentOnceWithoutThePath() throws Exception {
        assertThat(ask("/v1.51/containers/json")).startsWith("HTTP/1.1 200");
        for (String target : List.of("/v1.51/images/a-name/json", "/v1.51/images/b/json", "/secret-path")) {
            assertThat(ask(target)).startsWith("HTTP/1.1 4");
        }

        assertThat(next())
                .isEqualTo("profile ci: inspect an image (ImageInspect) was denied to 127.0.0.1: variable-missing");
        assertThat(next()).isEqualTo("profile ci: a request outside the API was denied to 127.0.0.1: unlisted");
        assertThat(ask("/v1.51/volumes")).startsWith("HTTP/1.1 403");
        assertThat(next()).startsWith("profile ci: list volumes (VolumeList) ");
    }

    @Test
    void profileThatCanBecomeRootAfterAReloadIsSentOnce() throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), POLICY.replace("CONTAINERS: 1", "CONTAINERS: 1, POST: 1"));
        reloader.reload();
        assertThat(next())
                .startsWith("profile ci: its clients can become root on the host since a reload. Yes: ContainerCreate");

        Files.writeString(folder.resolve("policy.yaml"), POLICY.replace("CONTAINERS: 1", "IMAGES: 1, POST: 1"));
        reloader.reload();
        Files.writeString(folder.resolve("policy.yaml"), POLICY.replace("CONTAINERS: 1", "CONTAINERS: 1, POST: 1"));
        reloader.reload();
        assertThat(next()).startsWith("profile ci: its clients can become root");
    }

    @Test
    void lostDaemonIsSentOnceUntilItAnswers() throws Exception {
        NotifySettings settings = Objects.requireNonNull(
                Settings.read(environment, Variables.load()).records().notifications());
        try (Notifier notifier = Notifier.start(settings, OperationCatalogue.load())) {
            for (String problem : List.of("", "this socket does not exist", "another cause", "", "", "again")) {
                notifier.daemon(problem);
            }

            assertThat(List.of(next(), next(), next()))
                    .containsExactly(
                            "the daemon does not answer: this socket does not exist",
                            "the daemon answers again",
                            "the daemon does not answer: again");
        }
    }

    @Test
    void kindsAreBoundedForEachProfileAndThoseOfTheLedgerAreNotNew() {
        DeniedKinds kinds = new DeniedKinds();
        kinds.add(
                "a",
                new Usage(
                        Instant.EPOCH,
                        List.of(),
                        List.of(),
                        List.of(new Usage.ClientUse(
                                "10.0.0.1",
                                Instant.EPOCH,
                                Instant.EPOCH,
                                List.of(new Usage.ClientOperation("ImageList", false, 0, 1, Instant.EPOCH, null)),
                                0)),
                        List.of()));
        assertThat(kinds.isNew("a", "c0", "ImageList variable-missing")).isFalse();
        assertThat(kinds.isNew("b", "c0", "ImageList variable-missing")).isTrue();
        for (int number = 0; number < DeniedKinds.MOST; number++) {
            String client = "c" + number / DeniedKinds.MOST_OF_CLIENT;
            assertThat(kinds.isNew("a", client, "ImageList r" + number)).isTrue();
            assertThat(kinds.isNew("a", client, "ImageList r" + number)).isFalse();
        }
        assertThat(kinds.isNew("a", "another", "ImageList one-more")).isFalse();
        assertThat(kinds.isNew("b", "c0", "ImageList one-more")).isTrue();
    }

    @Test
    void aClientWithManyKindsHidesNoneOfAnother() {
        DeniedKinds kinds = new DeniedKinds();
        for (int number = 0; number < 2 * DeniedKinds.MOST_OF_CLIENT; number++) {
            kinds.isNew("a", "c0", "ImageList r" + number);
        }
        kinds.sent("a", "ImageList r0");

        assertThat(kinds.isNew("a", "c0", "ImageList one-more")).isFalse();
        assertThat(kinds.isNew("a", "c1", "ImageList one-more")).isTrue();
        assertThat(kinds.isNew("a", "c1", "ImageList r0")).isFalse(); // the administrator knows it
        assertThat(kinds.isNew("a", "c1", "ImageList r1")).isTrue(); // its message was perhaps not sent
    }

    /** The log, the audit records, the page with its other addresses, and the commands. */
    @Test
    void addressIsNowhere() throws Exception {
        ask("/v1.51/images/json");
        next();
        reloader.reload();
        List<String> texts = new ArrayList<>(records);
        texts.add(log.toString(StandardCharsets.UTF_8));
        for (String target : List.of(
                "/", "/?profile=ci", "/metrics", "/suggest", "/suggest?format=json", "/policy", "/difference")) {
            int page = Integer.parseInt(proxy.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
            try (RawClient client = RawClient.connect(page)) {
                texts.add(client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                        .readToEnd());
            }
        }
        for (String command : List.of("check", "check --json", "explain GET /images/json")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
            new CommandLine(environment, printed, printed).run(command.split(" "));
            texts.add(out.toString(StandardCharsets.UTF_8));
        }

        assertThat(texts).hasSizeGreaterThan(9).noneMatch(text -> text.contains(TOKEN));
        assertThat(texts)
                .anyMatch(text -> text.contains("<dt>Notifications</dt>") && text.contains("1 sent, 0 failed"));
    }
}
