package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.server.Program;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** A signed policy of the built program: signed by its command, rolled back while it runs, and before a restart. */
class SignedPolicyIT {
    private static final String POLICY =
            "profiles:\n  web:\n    clients: [{network: 127.0.0.0/8}]\n    variables: {%s: 1}\n";
    private static final String TOKEN = "0123456789abcdef";

    @TempDir
    Path folder;

    @Test
    void aPolicyThatIsRolledBackIsRefusedLoudlyAndChangesNothing() throws Exception {
        String key = sign("--new-key=" + folder.resolve("key")).strip();
        write("v7.yaml", "IMAGES", 7);
        write("v8.yaml", "NETWORKS", 8);
        put("v7.yaml");
        Map<String, String> environment = Map.of(
                "POLICY",
                folder.resolve("policy.yaml").toString(),
                "POLICY_KEY",
                key,
                "STATUS_TOKEN",
                TOKEN,
                "POLICY_VERSION_FILE",
                folder.resolve("version").toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyProcess proxy = ProxyProcess.start(daemon.socket(), environment)) {
            assertThat(ask(proxy, "GET", "policy", "").body())
                    .contains("\n# version: 7\n", "/policy.yaml\n# since: 20");
            put("v8.yaml");
            proxy.reload();
            proxy.awaitError("profile web: ");
            assertThat(statuses(proxy.port())).isEqualTo("403 200");

            put("v7.yaml");
            proxy.reload();
            proxy.awaitError("version 7 is older than 8, which was in force before");
            assertThat(ask(proxy, "GET", "metrics", "").body())
                    .contains("\nsocket_proxy_policy_version 8.0\n", "\nsocket_proxy_last_reload_success 0.0\n");
            assertThat(ask(proxy, "GET", "", "").body()).contains("version 7 is older than 8");
            assertThat(statuses(proxy.port())).isEqualTo("403 200");

            HttpResponse<String> valid = ask(proxy, "POST", "validate", POLICY.formatted("EXEC"));
            assertThat(valid.statusCode()).isEqualTo(200);
            assertThat(valid.body()).contains("RISK    web: ", "POLICY  ");
            HttpResponse<String> invalid = ask(proxy, "POST", "validate", POLICY.formatted("EXECS"));
            assertThat(invalid.statusCode()).isEqualTo(422);
            assertThat(invalid.body()).contains("EXECS");
            assertThat(ask(proxy, "POST", "validate", "#".repeat(262_145)).statusCode())
                    .isEqualTo(413);
            assertThat(ask(proxy, "POST", "policy", "").statusCode()).isEqualTo(405);
            assertThat(HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(page(proxy).resolve("validate"))
                                            .header(
                                                    "Cookie",
                                                    "socket-proxy-"
                                                            + page(proxy).getPort() + "=" + TOKEN)
                                            .POST(HttpRequest.BodyPublishers.ofString("x"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
        }
        try (Program again = Program.start(environment)) {
            Program.Outcome outcome = again.outcome();
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.err()).contains("version 7 is older than 8");
        }
    }

    private static URI page(ProxyProcess proxy) {
        return URI.create(proxy.statusPage().replaceFirst("\\?.*", ""));
    }

    private static HttpResponse<String> ask(ProxyProcess proxy, String method, String path, String body)
            throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(page(proxy).resolve(path))
                                .header("Authorization", "Bearer " + TOKEN)
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static String statuses(int port) throws Exception {
        try (RawClient client = RawClient.connect(port)) {
            return client.request("GET", "/images/json").readResponse().substring(9, 12) + " "
                    + client.request("GET", "/networks").readResponse().substring(9, 12);
        }
    }

    private void write(String name, String variable, int version) throws Exception {
        Path file = Files.writeString(folder.resolve(name), POLICY.formatted(variable));
        sign("--key=" + folder.resolve("key"), "--version-number=" + version, file.toString());
    }

    private void put(String name) throws Exception {
        for (String end : new String[] {"", ".minisig"}) {
            Files.copy(
                    folder.resolve(name + end),
                    folder.resolve("policy.yaml" + end),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String sign(String... arguments) throws Exception {
        String[] all = new String[arguments.length + 1];
        all[0] = "sign";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        try (Program program = Program.start(Map.of(), all)) {
            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            return outcome.out();
        }
    }
}
