package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** The profiles of a policy file, for two clients with different addresses, before and after a reload. */
class PolicyReloadTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private static final String POLICY = """
            profiles:
              reader:
                clients: [{network: 127.0.0.2}]
                variables: {CONTAINERS: 1}
                deny: [ContainerExport]
              puller:
                clients: [{network: 127.0.0.3}]
                variables: {IMAGES: 1, POST: 1}
                allow: [ContainerWait]
            """;

    @TempDir
    Path folder;

    private Path policy;
    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void start() throws Exception {
        policy = folder.resolve("policy.yaml");
        daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            while (head != null) {
                boolean isStream = head.startsWith("GET /events");
                peer.write(
                        isStream
                                ? HEAD + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
                                : HEAD + "Content-Length: 2\r\n\r\n[]");
                head = peer.readRequest();
            }
        });
        proxy = new ReloadedProxy(Files.writeString(folder.resolve("proxy.env"), "# nothing\n"), daemon.socket());
        proxy.setting("POLICY", policy.toString());
        proxy.setting("LOG_LEVEL", "info");
        Files.writeString(policy, POLICY);
        proxy.start();
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** Connects from an address of the loopback network. */
    private RawClient connect(String address) throws IOException {
        Socket socket = new Socket();
        byte last = Byte.parseByte(address.substring("127.0.0.".length()));
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, last}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
        return RawClient.over(socket);
    }

    private String ask(String address, String request) throws IOException {
        try (RawClient client = connect(address)) {
            return client.request(request.split(" ")[0], request.split(" ")[1]).readResponse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // client  | request                    | status | record           | part of the response
                "127.0.0.2 | GET /containers/json         | 200 | allow section           | []",
                "127.0.0.2 | GET /images/json             | 403 | deny variable-missing   | set IMAGES=1 (profile reader: policy.yaml line 4)",
                "127.0.0.2 | GET /containers/a/export     | 403 | deny operation-denied   | the profile denies it by its id (profile reader: policy.yaml line 5)",
                "127.0.0.2 | POST /containers/a/wait      | 403 | deny variable-missing   | (profile reader: policy.yaml line 4)",
                "127.0.0.3 | GET /images/json             | 200 | allow section           | []",
                "127.0.0.3 | POST /containers/a/wait      | 200 | allow operation-allowed | []",
                "127.0.0.3 | GET /containers/json         | 403 | deny variable-missing   | set create: safe and variables: {CONTAINERS: 1} (CONTAINERS: 1 alone: root on the host) (profile puller: policy.yaml line 8)",
                "127.0.0.4 | GET /_ping                   | 403 | deny no-profile         | no profile of policy.yaml has this client; add it to the clients of a profile: address 127.0.0.4",
                "127.0.0.4 | GET /images/json             | 403 | deny no-profile         | no profile of policy.yaml has this client",
            })
    void eachClientGetsItsProfile(String client, String request, int status, String record, String part)
            throws Exception {
        String response = ask(client, request);

        assertThat(response).startsWith("HTTP/1.1 " + status).contains(part);
        String profile = client.endsWith("2") ? "reader" : client.endsWith("3") ? "puller" : "otherwise";
        String line = proxy.nextRecord();
        while (line.endsWith("begin")) {
            line = proxy.nextRecord();
        }
        assertThat(line).contains(" " + client + "@" + profile + " " + record + " ");
    }

    @Test
    void endOfALearnModeThatAReloadAddsIsInTheAuditLog() throws Exception {
        Files.writeString(policy, POLICY.replace("    deny:", "    learn: 1h\n    deny:"));
        proxy.reload();
        assertThat(proxy.nextRecord()).contains(" policy reload by SIGHUP profile reader ");
        Files.writeString(policy, POLICY.replace("    deny:", "    learn: 1s\n    deny:"));
        proxy.reload();
        assertThat(proxy.nextRecord()).contains(" policy reload by SIGHUP profile reader ");
        assertThat(proxy.nextRecord()).contains(" policy learn-off by the end of learn profile reader");
    }

    @Test
    void streamThatAReloadEndsNoLongerCounts() throws Exception {
        try (RawClient open = connect("127.0.0.2")) {
            open.request("GET", "/events").readHead();
            assertThat(proxy.load().open("reader", ProfileLimit.STREAM)).isOne();
            Files.writeString(policy, POLICY.replace("[ContainerExport]", "[SystemEvents]"));
            proxy.reload();

            assertThat(ProcessResources.await(() -> proxy.load().open("reader", ProfileLimit.STREAM) == 0))
                    .isTrue();
        }
    }

    @Test
    void lowerLimitKeepsWhatIsOpenAndCountsIt() throws Exception {
        try (RawClient open = connect("127.0.0.2");
                RawClient other = connect("127.0.0.2")) {
            open.request("GET", "/events").readHead();
            Files.writeString(policy, POLICY.replace("    deny:", "    max: {stream: 1}\n    deny:"));
            proxy.reload();

            assertThat(other.request("GET", "/events").readResponse())
                    .startsWith("HTTP/1.1 429 ")
                    .contains("the limit of streams of this profile (1) is reached")
                    .contains("(profile reader: policy.yaml line 5)");
            assertThat(proxy.exchanges(1)).isOne();
        }
    }

    @Test
    void reloadGivesNoNewBurst() throws Exception {
        String limited = POLICY.replace("    deny:", "    max: {requests: 1/m, burst: 2}\n    deny:");
        try (RawClient client = connect("127.0.0.2")) {
            for (String text : List.of(limited, limited.replace("IMAGES", "VOLUMES"), limited, POLICY, limited)) {
                Files.writeString(policy, text);
                proxy.reload();
                String expected = proxy.load().open("reader", ProfileLimit.REQUESTS) == 0 || text.equals(POLICY)
                        ? "HTTP/1.1 200 "
                        : "HTTP/1.1 429 ";
                for (int i = 0; i < 2; i++) {
                    assertThat(client.request("GET", "/containers/json").readResponse())
                            .startsWith(expected);
                }
            }
            Files.writeString(policy, limited.replace("burst: 2", "burst: 3"));
            proxy.reload();
            assertThat(client.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 200 ");
            assertThat(client.request("GET", "/containers/json").readResponse()).startsWith("HTTP/1.1 429 ");
        }
        assertThat(proxy.load().refused("reader", ProfileLimit.REQUESTS)).isEqualTo(7);
    }

    @Test
    void changeAppliesToTheNextRequestAndIsReported() throws Exception {
        Files.writeString(policy, POLICY.replace("CONTAINERS: 1", "VOLUMES: 1").replace("127.0.0.3", "127.0.0.5"));
        proxy.pollTwice();

        assertThat(ask("127.0.0.2", "GET /containers/json")).startsWith("HTTP/1.1 403");
        assertThat(ask("127.0.0.2", "GET /volumes")).startsWith("HTTP/1.1 200");
        assertThat(ask("127.0.0.3", "GET /images/json")).startsWith("HTTP/1.1 403");
        assertThat(ask("127.0.0.5", "GET /images/json")).startsWith("HTTP/1.1 200");
        assertThat(proxy.logged())
                .contains("reload by a change of " + policy + ": profile reader: +VOLUMES -CONTAINERS\n")
                .contains("profile puller: clients +network 127.0.0.5 clients -network 127.0.0.3\n");
        assertThat(proxy.nextRecord())
                .contains(" policy reload by a change of ")
                .contains(" profile reader +VOLUMES -CONTAINERS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "variables: {CONTAINERS: 1} | variables: {CONTAINERZ: 1} | line 4 column 29: profiles.reader.variables.CONTAINERZ: there is no variable",
                "profiles:                  | profiles: [                | is not valid YAML",
                "deny: [ContainerExport]    | dney: []                   | line 5 column 11: profiles.reader.dney: there is no key",
            })
    void badFileKeepsThePolicy(String part, String replacement, String problem) throws Exception {
        Files.writeString(policy, POLICY.replace(part, replacement));
        proxy.pollTwice();

        assertThat(proxy.lastReload().isApplied()).isFalse();
        assertThat(proxy.logged()).contains(" refused: ").contains(problem);
        assertThat(ask("127.0.0.2", "GET /containers/json")).startsWith("HTTP/1.1 200");
        assertThat(ask("127.0.0.2", "GET /containers/a/export")).startsWith("HTTP/1.1 403");
    }

    @Test
    void correctionOfABadFileNamesTheFile() throws Exception {
        Files.writeString(policy, "profiles: [\n");
        proxy.pollTwice();
        Files.writeString(policy, POLICY);
        proxy.pollTwice();

        assertThat(proxy.logged()).endsWith("reload by a change of " + policy + ": nothing changed\n");
    }

    @Test
    void fileThatIsRemovedKeepsThePolicy() throws Exception {
        Files.delete(policy);
        proxy.pollTwice();

        assertThat(proxy.lastReload().isApplied()).isFalse();
        assertThat(ask("127.0.0.2", "GET /containers/json")).startsWith("HTTP/1.1 200");
        assertThat(ask("127.0.0.4", "GET /containers/json")).startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS: 1  | CONTAINERS: 1, EVENTS: 0 | true",
                "CONTAINERS: 1  | VOLUMES: 1               | false",
                "127.0.0.2      | 127.0.0.9                | true",
                "reader:        | other:                   | false",
            })
    void streamEndsIfItsOperationIsNoLongerAllowed(String part, String replacement, boolean isClosed) throws Exception {
        try (RawClient stream = connect("127.0.0.2")) {
            stream.request("GET", "/events");
            assertThat(stream.readHead()).startsWith("HTTP/1.1 200");
            Files.writeString(policy, POLICY.replace(part, replacement));
            proxy.reload();

            assertThat(proxy.lastReload().isApplied()).isTrue();
            assertThat(proxy.exchanges(isClosed ? 0 : 1)).isEqualTo(isClosed ? 0 : 1);
            assertThat(
                            proxy.logged()
                                    .contains(
                                            "closed 1 streams and tunnels that are no longer allowed: SystemEvents of 127.0.0.2\n"))
                    .isEqualTo(isClosed);
        }
    }

    /** Two versions of the file allow one operation each, in a profile of another name. */
    @Test
    void noRequestIsJudgedByAMixtureOfTwoFiles() throws Exception {
        List<String> versions = List.of(
                "profiles:\n  one:\n    clients: [{network: 127.0.0.0/8}]\n    variables: {CONTAINERS: 1}\n",
                "profiles:\n  two:\n    variables: {IMAGES: 1}\n    clients: [{network: 127.0.0.0/8}]\n");
        Files.writeString(policy, versions.get(0));
        proxy.reload();
        AtomicBoolean isOver = new AtomicBoolean();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        List<Thread> clients = IntStream.range(0, 4)
                .mapToObj(i -> new Thread(() -> load(isOver, wrong, seen), "load"))
                .toList();
        clients.forEach(Thread::start);
        for (int i = 1; i <= 40; i++) {
            Files.writeString(policy, versions.get(i % 2));
            proxy.reload();
            Thread.sleep(10);
        }
        isOver.set(true);
        for (Thread client : clients) {
            client.join();
        }

        assertThat(wrong).isEmpty();
        assertThat(seen).contains("one", "two");
    }

    private void load(AtomicBoolean isOver, Queue<String> wrong, Queue<String> seen) {
        try (RawClient client = connect("127.0.0.7")) {
            while (!isOver.get()) {
                String containers = client.request("GET", "/containers/json").readResponse();
                boolean isOne = containers.startsWith("HTTP/1.1 200");
                boolean isTwo = containers.contains("set CONTAINERS=1 (profile two: policy.yaml line 3)");
                if (isOne == isTwo) {
                    wrong.add(containers);
                }
                seen.add(isOne ? "one" : "two");
            }
        } catch (IOException failed) {
            wrong.add(failed.toString());
        }
    }
}
