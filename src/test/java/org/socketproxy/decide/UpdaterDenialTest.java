package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The denial of a create after the removal of a container of this name by the same client names what an updater needs. */
class UpdaterDenialTest {
    private static final String ADVICE = "an updater needs CREATE=safe with CREATE_ALLOW=recreate and CREATE_IMAGES";
    private static final String ID = "a".repeat(64);
    private static final String PRIVILEGED = "{\"HostConfig\":{\"Privileged\":true}}";

    @TempDir
    Path folder;

    private static RawResponse ask(RawClient client, String method, String target, String body) throws Exception {
        client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        return client.readAnswer(method);
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE /containers/app,      204 No Content, -,                              ?name=app,   true",
        "DELETE /containers/ID,       204 No Content, -,                              ?name=named, true",
        "DELETE /containers/app,      204 No Content, -,                              ?name=other, false",
        "DELETE /containers/app,      204 No Content, -,                              '',          false",
        "DELETE /containers/app,      404 Not Found,  -,                              ?name=app,   false",
        "POST /containers/app/stop,   204 No Content, -,                              ?name=app,   false",
        "DELETE /containers/app,      204 No Content, CREATE_ALLOW=recreate CREATE_IMAGES=app, ?name=app, false",
    })
    void removalIsFollowedByTheAdvice(String removal, String status, String settings, String name, boolean isAdvised)
            throws Exception {
        Map<String, String> environment =
                settings.equals("-") ? Map.of() : Map.of("CREATE_ALLOW", "recreate", "CREATE_IMAGES", "app");
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        boolean isNamed = head.contains("/" + ID + "/json ");
                        String answer = isNamed ? "200 OK" : head.contains("/json ") ? "404 Not Found" : status;
                        String body = isNamed
                                ? "{\"Id\":\"" + ID
                                        + "\",\"Name\":\"/named\",\"Config\":{},\"HostConfig\":{\"NetworkMode\":\"none\"}}"
                                : "";
                        peer.write("HTTP/1.1 " + answer + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    }
                });
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), environment);
                RawClient client = chain.connect()) {
            assertThat(ask(client, "POST", "/containers/create" + name, PRIVILEGED)
                            .body())
                    .contains("HostConfig.Privileged is true")
                    .doesNotContain(ADVICE);
            String[] words = removal.replace("ID", ID).split(" ");
            ask(client, words[0], words[1], "");

            RawResponse denied = ask(client, "POST", "/containers/create" + name, PRIVILEGED);

            assertThat(denied.status()).isEqualTo(403);
            assertThat(denied.body()).contains("HostConfig.Privileged is true");
            assertThat(denied.body().contains(ADVICE)).isEqualTo(isAdvised);
        }
    }
}
