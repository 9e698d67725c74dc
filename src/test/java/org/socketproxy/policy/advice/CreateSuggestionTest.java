package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.config.Setting;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** {@code /suggest} names the settings that would allow what {@code CREATE=safe} denied. */
class CreateSuggestionTest {
    private static final Map<String, String> SETTINGS =
            Map.of("CONTAINERS", "1", "POST", "1", "CREATE", "safe", "STATUS_LISTEN", "tcp://127.0.0.1:0");

    @TempDir
    Path folder;

    private static void create(RawClient client, String hostConfig) throws IOException {
        String body = "{\"Image\":\"a\",\"HostConfig\":{" + hostConfig + "}}";
        client.send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ");
    }

    private static String suggestion(ProxyUnderTest proxy) throws IOException {
        return page(proxy, "/suggest");
    }

    private static String page(ProxyUnderTest proxy, String target) throws IOException {
        int port = Integer.parseInt(proxy.statusPage().replaceFirst("http://127\\.0\\.0\\.1:(\\d+).*", "$1"));
        try (RawClient client = RawClient.connect(port)) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            return client.readToEnd();
        }
    }

    @Test
    void suggestionHasTheSmallestSettings() throws IOException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), SETTINGS)) {
            try (RawClient client = proxy.connect()) {
                create(client, "\"Binds\":[\"/srv/a:/a:ro\",\"/srv/b:/b\",\"/srv/b:/c:ro\"]");
                create(client, "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"}]},\"CapAdd\":[\"NET_ADMIN\"]");
                create(client, "\"PublishAllPorts\":true");
                create(client, "\"Binds\":[\"/:/host\"],\"PidMode\":\"host\"");
                create(client, "\"Unknown\":1,\"IpcMode\":\"host\"");
            }

            assertThat(suggestion(proxy))
                    .contains("\n# keep it, it is on\nCREATE=safe\n") // the text can replace a file
                    .contains("#  BINDS=/srv/a:ro,/srv/b\n#  CREATE_ALLOW=capabilities:NET_ADMIN,ports\n")
                    .contains("# DANGER of ports: it opens ports of the host to the network\n")
                    .doesNotContain("host-pid", "host-ipc");
            assertThat(page(proxy, "/suggest?format=json")).contains("\"CREATE\" : \"safe\"");
            assertThat(page(proxy, "/")).containsPattern("<pre><code>CREATE=safe\nCONTAINERS=1\n");
        }
    }

    /** A value for each setting of a profile, except BUILDS, which cannot be beside CREATE. */
    private static final Map<String, String> KEPT = Map.ofEntries(
            Map.entry("COMPAT", "tecnativa"),
            Map.entry("CREATE", "safe"),
            Map.entry("BINDS", "/srv/a:ro,/srv/b/**"),
            Map.entry("CREATE_ALLOW", "ports:8080"),
            Map.entry("CREATE_REQUIRE", "memory:2g,non-root"),
            Map.entry("CREATE_IMAGES", "registry.local/**"),
            Map.entry("CREATE_LABELS", "owner=ci"),
            Map.entry("CREATE_SIGNED", "registry.example.com/**=/run/keys/cosign.pub"),
            Map.entry("EXEC_ALLOW", "pg_dump **;sh -c 'id #1'"),
            Map.entry("EXEC_OPTIONS", "non-root"),
            Map.entry("TARGETS", "label:owner=ci"),
            Map.entry("WRITE_TARGETS", "containers:label:a=b c"),
            Map.entry("MAX_OBJECTS", "containers:20,memory:8g"),
            Map.entry("MASK", "env,tokens"),
            Map.entry("MASK_KEEP", "env:TZ"),
            Map.entry("API_VERSION", "1.44"),
            Map.entry("BUILD_SECRETS", "none"),
            Map.entry("BUILD_SSH", "default"),
            Map.entry("BUILD_REGISTRIES", "docker.io"),
            Map.entry("REGISTRIES", "ghcr.io=bot:/run/secrets/ghcr"),
            Map.entry("PROTECT", "label:critical=true"));

    /** A text without one of them would allow more than the environment that it replaces. */
    @Test
    void aTextInPlaceOfTheEnvironmentKeepsEachSetting() throws Exception {
        assertThat(Setting.ofPermissions().stream().filter(Setting::isLive).map(Setting::name))
                .allMatch(name -> KEPT.containsKey(name) || name.equals("PRESET") || name.equals("BUILDS"));
        Map<String, String> environment = new HashMap<>(KEPT);
        environment.put("STATUS_LISTEN", "tcp://127.0.0.1:0");
        environment.put(
                "ENV_FILE",
                Files.writeString(folder.resolve("proxy.env"), "# none\n").toString());
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), environment)) {
            try (RawClient client = proxy.connect()) {
                client.send("GET /info HTTP/1.1\r\nHost: d\r\n\r\n");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 403 ");
            }
            while (!suggestion(proxy).contains("\nINFO=1\n")) { // a denial is counted after its response
                Thread.onSpinWait();
            }

            String text = suggestion(proxy);

            String json = page(proxy, "/suggest?format=json");
            String html = page(proxy, "/").replace("&#39;", "'");
            String shown = html.substring(html.indexOf("<pre><code>COMPAT="));
            assertThat(KEPT).allSatisfy((name, value) -> {
                assertThat(text).contains("\n" + name + "=" + value + "\n");
                assertThat(json).contains("\"" + name + "\" : \"" + value + "\"");
                assertThat(shown).contains(name + "=" + value + "\n");
            });
        }
    }

    /** An administrator pastes a suggestion into a shell or a file, and a pattern would allow more than the client asked for. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/srv/`id`", "/srv/$(id)", "/srv/a;b", "/srv/**", "/srv/*", "/srv/a'b", "/srv/a|b", "/srv/a&b",
                        "/srv/a#b",
                "/srv/[a]", "/srv/{a}", "/srv/a b", "/srv/a,b", "/srv/a~b", "/srv/a%b", "/srv/a=b", "/srv/a@b",
                        "/srv/a!b",
                "/srv/\u00e4", "/srv/a\\\"b", "/srv/a\\nBINDS=/b", "/srv/a\\tb", "/srv/a\\u0000b"
            })
    void onlyAPlainPathIsSuggested(String path) throws IOException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), SETTINGS)) {
            try (RawClient client = proxy.connect()) {
                create(client, "\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/a\",\"Source\":\"" + path + "\"}]");
                create(client, "\"Binds\":[\"/srv/plain-1.2_3:/a\"]");
            }

            String suggestion = suggestion(proxy);
            while (!suggestion.contains("#  BINDS=/srv/plain-1.2_3\n")) { // a denial is counted after its response
                suggestion = suggestion(proxy);
            }
            assertThat(suggestion).doesNotContain("BINDS=/srv/a", ",/srv");
        }
    }

    @Test
    void jsonHasTheValuesOfEachSetting() {
        List<Remedy> remedies = List.of(
                new Remedy("BINDS", "/a", "x"),
                new Remedy("BINDS", "/b:ro", "x"),
                new Remedy("CREATE_ALLOW", "gpu", "x"));

        assertThat(JsonText.compact(json -> {
                    json.writeStartObject();
                    Suggestion.writeCreate(json, remedies);
                    json.writeEndObject();
                }))
                .isEqualTo("{\"create\":{\"BINDS\":[\"/a\",\"/b:ro\"],\"CREATE_ALLOW\":[\"gpu\"]}}");
    }

    private static final List<Remedy> OF_EXEC = List.of(
            new Remedy("EXEC_ALLOW", "id", "x"),
            new Remedy("EXEC_ALLOW", "pg_dump **", "y"),
            new Remedy("EXEC_OPTIONS", "user:root", "z"));

    @Test
    void commandsAreSeparatedBySemicolons() {
        StringBuilder text = new StringBuilder();
        Suggestion.appendCreate(text, OF_EXEC, AssignmentForm.ENVIRONMENT);

        assertThat(text).hasToString("""

                        # EXEC_ALLOW denied requests since the start that these settings would allow, in addition to yours:
                        #  EXEC_ALLOW='id;pg_dump **'
                        #  EXEC_OPTIONS=user:root
                        # DANGER of id: x
                        # DANGER of pg_dump **: y
                        # DANGER of user:root: z
                        """);
    }

    @Test
    void bothKindsOfRulesAreNamed() {
        List<Remedy> remedies = new ArrayList<>(OF_EXEC);
        remedies.add(0, new Remedy("BINDS", "/a", "x"));
        StringBuilder text = new StringBuilder();
        Suggestion.appendCreate(text, remedies, AssignmentForm.COMPOSE);

        assertThat(text.toString())
                .startsWith("\n# CREATE=safe and EXEC_ALLOW denied requests")
                .contains("#  - EXEC_ALLOW=id;pg_dump **\n");
    }

    @Test
    void withoutADenialNothingIsPrinted() {
        StringBuilder text = new StringBuilder();
        Suggestion.appendCreate(text, List.of(), AssignmentForm.COMPOSE);

        assertThat(text).isEmpty();
    }
}
