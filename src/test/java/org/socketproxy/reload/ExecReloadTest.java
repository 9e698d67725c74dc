package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** With {@code EXEC_ALLOW}, only an exec that a client of the profile has created under the present rules can be started. */
class ExecReloadTest {
    private static final String CI = "127.0.0.1";
    private static final String OPS = "127.0.0.2";
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{network: 127.0.0.1}]
                variables: {CONTAINERS: 1, POST: 1, EXEC: 1, LIBPOD_CONTAINERS: 1, LIBPOD_EXEC: 1}
                exec: {commands: [id]}
              ops:
                clients: [{network: 127.0.0.2}]
                variables: {CONTAINERS: 1, POST: 1, EXEC: 1}
                exec: {commands: [id]}
            """;
    private static final String ID = "{\"Cmd\":[\"id\"]}";
    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

    @TempDir
    Path folder;

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger created = new AtomicInteger();
    private volatile String answer = "";
    private FakeDaemon daemon;
    private ReloadedProxy proxy;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, this::serve);
        proxy = new ReloadedProxy(Files.writeString(folder.resolve("proxy.env"), "# nothing\n"), daemon.socket());
        Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        proxy.setting("POLICY", policy.toString());
        proxy.setting("LOG_LEVEL", "notice");
        proxy.start();
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            String target = head.split(" ")[1];
            requests.add(target);
            if (target.endsWith("/exec")) {
                String body = "{\"Id\":\"" + id(created.incrementAndGet()) + "\"}\n";
                peer.write(answer.isEmpty() ? response("201 Created", body) : answer);
            } else if (head.contains("\r\nUpgrade: ")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                peer.readToEnd();
                return;
            } else {
                peer.write(response("200 OK", ""));
            }
        }
    }

    private static String response(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String id(int number) {
        return String.valueOf(number).repeat(64);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private RawClient connect(String address) throws IOException {
        return RawClient.over(
                new Socket(InetAddress.getLoopbackAddress(), proxy.port(), InetAddress.getByName(address), 0));
    }

    private String post(String address, String target, String body) throws IOException {
        try (RawClient client = connect(address)) {
            client.send("POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            return target.endsWith("/start") ? client.readResponse() : client.readToEnd();
        }
    }

    private int create(String address, String body) throws IOException {
        return status(post(address, "/containers/a/exec", body));
    }

    private int start(String address, String exec) throws IOException {
        return status(post(address, "/exec/" + exec + "/start", "{\"Detach\":true}"));
    }

    private static int status(String response) {
        return Integer.parseInt(response.substring(9, 12));
    }

    private void reload(String policy) throws IOException {
        Files.writeString(folder.resolve("policy.yaml"), policy);
        proxy.reload();
        assertThat(proxy.lastReload().isApplied()).isTrue();
    }

    @Test
    void admittedExecIsStartedOnBothApis() throws Exception {
        String created = post(CI, "/containers/a/exec", ID);

        assertThat(created).startsWith("HTTP/1.1 201 ").contains(id(1));
        assertThat(start(CI, id(1))).isEqualTo(200);
        assertThat(status(post(CI, "/v5.0.0/libpod/containers/a/exec", ID))).isEqualTo(201);
        assertThat(status(post(CI, "/v5.0.0/libpod/exec/" + id(2) + "/start", "{\"Detach\":true}")))
                .isEqualTo(200);
    }

    @Test
    void deniedCommandReachesNoDaemon() throws Exception {
        String denial = post(CI, "/containers/a/exec", "{\"Cmd\":[\"sh\",\"secret\"]}");

        assertThat(denial)
                .startsWith("HTTP/1.1 403 ")
                .contains("Cmd is the program sh with 1 argument, which EXEC_ALLOW does not allow")
                .contains("(profile ci: policy.yaml line 5)");
        assertThat(proxy.nextRecord())
                .contains(" deny exec-command ", " command=sh,***")
                .doesNotContain("secret");
        assertThat(requests).isEmpty();
    }

    /** Execs that an administrator created, one of another profile, and parts of ids. */
    @ParameterizedTest
    @ValueSource(ints = {64, 63, 12, 1})
    void otherExecIsNotStarted(int length) throws Exception {
        assertThat(create(OPS, ID)).isEqualTo(201);
        assertThat(create(CI, ID)).isEqualTo(201);

        String foreign = post(CI, "/exec/" + id(1).substring(0, length) + "/start", "{}");
        assertThat(foreign).startsWith("HTTP/1.1 403 ").contains("this exec was not created through this proxy");
        assertThat(start(CI, "f".repeat(length))).isEqualTo(403);
        assertThat(start(CI, id(2) + "/")).isNotEqualTo(200);
        assertThat(start(CI, id(2).substring(0, length))).isEqualTo(length == 64 ? 200 : 403);
        assertThat(requests).noneMatch(target -> target.contains(id(1)) || target.contains("f".repeat(length)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "404 Not Found|{\"Id\":\"ID\"}",
                "500 Error|{\"Id\":\"ID\"}",
                "200 OK|{\"id\":\"ID\"}",
                "201 Created|[{\"Id\":\"ID\"}]",
                "201 Created|{\"Id\":\"ID\",\"Id\":\"ID\"}",
                "201 Created|{\"Id\":\"IDID\"}",
                "201 Created|{}",
            })
    void execIsAdmittedOnlyByAPlainResponse(String response) throws Exception {
        String[] parts = response.replace("ID", id(1)).split("\\|");
        answer = response(parts[0], parts[1]);
        create(CI, ID);

        assertThat(start(CI, id(1))).isEqualTo(403);
        assertThat(requests).containsExactly("/containers/a/exec");
    }

    @Test
    void execBelongsToTheRulesOfItsCreation() throws Exception {
        assertThat(create(CI, ID)).isEqualTo(201);
        reload(POLICY.replace("POST: 1,", "POST: 1, IMAGES: 1,"));
        assertThat(start(CI, id(1))).isEqualTo(200);

        assertThat(create(CI, ID)).isEqualTo(201);
        reload(POLICY.replaceFirst("commands: \\[id]", "commands: [ls]"));
        assertThat(start(CI, id(2))).isEqualTo(403);
        reload(POLICY.replaceFirst("commands: \\[id]", "commands: [id], users: [root]"));
        assertThat(start(CI, id(2))).isEqualTo(403);
    }

    @Test
    void tunnelEndsWithTheRulesOfItsExec() throws Exception {
        assertThat(create(CI, ID)).isEqualTo(201);
        try (RawClient client = connect(CI)) {
            client.send("POST /exec/" + id(1) + "/start HTTP/1.1\r\nHost: d\r\n" + UPGRADE
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            reload(POLICY.replace("EXEC: 1,", "EXEC: 1, IMAGES: 1,"));
            assertThat(proxy.exchanges(1)).isEqualTo(1);
            reload(POLICY.replaceFirst("commands: \\[id]", "commands: [id, ls]"));
            assertThat(proxy.exchanges(0)).isZero();
        }
    }

    /** A profile without rules starts what it can create itself. */
    @Test
    void withoutRulesEachExecIsStarted() throws Exception {
        reload(POLICY.replaceAll("exec: .*", "max: {exec: 5}"));

        assertThat(List.of(start(CI, id(7)), start(OPS, id(8)))).containsExactly(200, 200);
    }
}
