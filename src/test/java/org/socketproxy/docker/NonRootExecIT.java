package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/** {@code CREATE_REQUIRE=non-root}: no exec is root, in a container of a client or of an administrator. */
class NonRootExecIT {
    private static final Pattern ID = Pattern.compile("\"Id\":\\s?\"([0-9a-f]{64})\"");
    private static final String DENIED = "name a user, as docker exec --user 1000:1000 does";

    private static Path socket(String daemon) {
        return daemon.equals("podman")
                ? RealPodman.get().socket()
                : RealDocker.get().socket();
    }

    private static String post(ProxyUnderTest proxy, String target, String body) throws IOException {
        try (RawClient client = proxy.connect()) {
            String json = body.replace('\'', '"');
            client.send(
                    "POST " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + json.length() + "\r\n\r\n" + json);
            return client.readToEnd();
        }
    }

    private static String id(String response) {
        Matcher id = ID.matcher(response);
        assertThat(id.find()).as(response).isTrue();
        return id.group(1);
    }

    private static String exec(ProxyUnderTest proxy, String api, String container, String user) throws IOException {
        return post(
                proxy,
                api + "/containers/" + container + "/exec",
                "{'AttachStdout':true,'Cmd':['id','-u']" + (user.isEmpty() ? "" : ",'User':'" + user + "'") + "}");
    }

    /** @param user user of the container; empty for root */
    private static String container(ProxyUnderTest direct, String user) throws IOException {
        String id = id(post(
                direct,
                "/containers/create",
                "{'Image':'busybox:local','Cmd':['sleep','1000'],'User':'" + user
                        + "','HostConfig':{'NetworkMode':'none'}}"));
        assertThat(post(direct, "/containers/" + id + "/start", "")).startsWith("HTTP/1.1 204 ");
        return id;
    }

    @ParameterizedTest
    @CsvSource({"docker, ''", "podman, ''", "podman, /v5.0.0/libpod"})
    void execIsNeverRoot(String daemon, String api) throws Exception {
        Path socket = socket(daemon);
        Map<String, String> strict = ProxyUnderTest.everything();
        strict.putAll(Map.of("CREATE", "safe", "CREATE_REQUIRE", "non-root"));
        try (ProxyUnderTest direct = ProxyUnderTest.allowingEverything(socket);
                ProxyUnderTest proxy = ProxyUnderTest.with(socket, strict)) {
            String root = container(direct, "");
            String own = container(direct, "1000");
            try {
                assertThat(exec(proxy, api, root, ""))
                        .startsWith("HTTP/1.1 403 ")
                        .contains(DENIED);
                assertThat(exec(proxy, api, root, "0"))
                        .startsWith("HTTP/1.1 403 ")
                        .contains("User must be");
                String start = api + "/exec/%s/start";
                String detached = "{'Detach':false,'Tty':false}";
                assertThat(post(proxy, start.formatted(id(exec(proxy, api, root, "1000"))), detached))
                        .contains("1000\n");
                assertThat(post(proxy, start.formatted(id(exec(proxy, api, own, ""))), detached))
                        .contains("1000\n");
                // Execs of an administrator.
                assertThat(post(proxy, start.formatted(id(exec(direct, api, root, ""))), detached))
                        .startsWith("HTTP/1.1 403 ")
                        .contains(DENIED);
                assertThat(post(proxy, start.formatted(id(exec(direct, api, own, "0"))), detached))
                        .startsWith("HTTP/1.1 403 ")
                        .contains(DENIED);
                assertThat(post(proxy, start.formatted(id(exec(direct, api, own, ""))), detached))
                        .contains("1000\n");
            } finally {
                direct.ask("DELETE", "/containers/" + root + "?force=1");
                direct.ask("DELETE", "/containers/" + own + "?force=1");
            }
        }
    }
}
