package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The passwords of {@code REGISTRIES}. In the JSON, apostrophes stand for quotes. */
class RegistryLoginTest {
    /** Also the answer of dockerd about itself. */
    private static final String ANSWER =
            "{\"ServerVersion\":\"29.0.0\",\"Descriptor\":{\"digest\":\"sha256:" + "a".repeat(64) + "\"}}";

    private static final Pattern HEADER = Pattern.compile("(?i)\r\n(X-Registry-(?:Auth|Config)): ([^\r]*)(?=\r\n)");
    private static final String GHCR = "{'username':'bot','password':'s3cret','serveraddress':'ghcr.io'}";
    private static final String HUB =
            "{'username':'me','password':'h,b','serveraddress':'https://index.docker.io/v1/'}";

    @TempDir
    Path folder;

    private final Map<String, String> settings = new HashMap<>();
    private String record = "";

    @BeforeEach
    void configure() throws Exception {
        Path ghcr = Files.writeString(folder.resolve("ghcr"), "s3cret\n");
        Path hub = Files.writeString(folder.resolve("hub"), "h,b");
        settings.put("REGISTRIES", "ghcr.io=bot:" + ghcr + ",docker.io=me:" + hub);
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().encodeToString(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the status, and the headers that the daemon got: their names and JSON. */
    private String send(String line, String headers, String json) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(
                        folder, "HTTP/1.1 200 OK\r\nContent-Length: " + ANSWER.length() + "\r\n\r\n" + ANSWER);
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), settings);
                RawClient client = chain.connect()) {
            String body = json.replace('\'', '"');
            client.send(line + " HTTP/1.1\r\nHost: d\r\n" + headers
                    + (body.isEmpty()
                            ? "\r\n"
                            : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body));
            RawResponse answer = client.readAnswer(line.split(" ")[0]);
            record = chain.takeRecord();
            if (answer.status() != 200) {
                return answer.status() + " " + answer.body();
            }
            String head = daemon.takeHead();
            while (!head.startsWith(line.split(" ")[0] + " " + line.split("[ ?]")[1])) { // a question of the proxy
                head = daemon.takeHead();
            }
            StringBuilder found = new StringBuilder();
            Matcher header = HEADER.matcher(head);
            while (header.find()) {
                byte[] value = Base64.getUrlDecoder().decode(header.group(2));
                found.append(header.group(1)).append(' ').append(new String(value, StandardCharsets.UTF_8));
            }
            return found.toString().replace('"', '\'');
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST /images/create?fromImage=ghcr.io/a/b&tag=1           | ghcr",
                "POST /images/create?fromImage=GHCR.io/a/b&tag=1           | ghcr",
                "POST /images/create?fromImage=nginx                       | hub",
                "POST /images/create?fromImage=index.docker.io/a/b         | hub",
                "POST /images/ghcr.io/a/b/push?tag=1                       | ghcr",
                "POST /images/ghcr.io%2Fa%2Fb/push?tag=1                   | ghcr",
                "GET /distribution/ghcr.io/a/b:1/json                      | ghcr",
                "POST /libpod/images/pull?reference=docker://ghcr.io/a/b:1 | ghcr",
                "POST /libpod/images/x/push?destination=ghcr.io/a/b:1      | ghcr",
                "POST /libpod/images/x/push?destination=ghcr.io/a&tlsVerify=true | ghcr",
                "POST /libpod/images/x/push?destination=ghcr.io/a&tlsVerify=false | client",
                "POST /libpod/images/x/push?destination=ghcr.io/a&TLSVERIFY=0 | client",
                "POST /images/create?fromImage=ghcr.io:443/a/b             | client",
                "POST /images/create?fromImage=ghcr.io.evil.example/a      | client",
                "POST /images/create?fromImage=evil.example/ghcr.io/a      | client",
                "POST /images/create?fromImage=ghcr.io/a&fromImage=evil.example/a | client",
                "POST /images/create?fromImage=ghcr.io/a&FROMIMAGE=evil.example/a | client",
                "POST /images/evil.example/a/push?tag=ghcr.io              | client",
                "POST /libpod/images/ghcr.io%2Fa/push?destination=evil.example/a | client",
                "GET /images/search?term=ghcr.io/x                         | client",
            })
    void daemonGetsThePasswordForTheRegistryOfTheImage(String line, String whose) throws Exception {
        String expected = whose.equals("ghcr") ? GHCR : whose.equals("hub") ? HUB : "{'username':'c'}";

        assertThat(send(line, "X-Registry-Auth: " + encoded("{'username':'c'}") + "\r\n", ""))
                .isEqualTo("X-Registry-Auth " + expected);
        assertThat(record).doesNotContain("s3cret", "h,b");
    }

    @Test
    void bothHeadersOfTheClientAreReplaced() throws Exception {
        assertThat(send(
                        "POST /images/create?fromImage=ghcr.io/a",
                        "X-Registry-Config: *\r\nX-Registry-Auth: *\r\n",
                        ""))
                .isEqualTo("X-Registry-Auth " + GHCR);
    }

    @Test
    void serviceGetsThePasswordForItsImage() throws Exception {
        String body = "{'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'ghcr.io/a:1'}}}";

        assertThat(send("POST /services/create", "", body)).isEqualTo("X-Registry-Auth " + GHCR);
    }

    @Test
    void questionForADigestHasThePassword() throws Exception {
        settings.put("CREATE_REQUIRE", "digest");

        assertThat(send("POST /images/create?fromImage=ghcr.io/a&tag=1", "", ""))
                .isEqualTo("X-Registry-Auth " + GHCR);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | - | {'https://index.docker.io/v1/':HUB,'ghcr.io':GHCR}",
                "{'r.example':{'username':'c'},'https://GHCR.io/v2':{'username':'c'}} | - | {'r.example':{'username':'c'},'https://index.docker.io/v1/':HUB,'ghcr.io':GHCR}",
                "{'r.example':{'username':'c'}} | ghcr.io/** | {'ghcr.io':GHCR}",
                "{'username':'c'} | - | {'https://index.docker.io/v1/':HUB,'ghcr.io':GHCR}"
            })
    void classicBuildGetsAllPasswords(String sent, String images, String expected) throws Exception {
        if (!images.equals("-")) {
            settings.put("CREATE_IMAGES", images);
        }
        String header = sent.equals("none") ? "" : "X-Registry-Config: " + encoded(sent) + "\r\n";

        assertThat(send("POST /build?version=1", header, ""))
                .isEqualTo("X-Registry-Config " + expected.replace("GHCR", GHCR).replace("HUB", HUB));
    }

    @Test
    void unreadableConfigurationOfTheClientIsDenied() throws Exception {
        assertThat(send("POST /build?version=1", "X-Registry-Config: *\r\n", ""))
                .startsWith("403 ")
                .contains("the header X-Registry-Config is not base64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "empty", "large"})
    void withoutThePasswordTheRequestIsDenied(String content) throws Exception {
        Path file = folder.resolve("ghcr");
        switch (content) {
            case "missing" -> Files.delete(file);
            case "empty" -> Files.writeString(file, " \n");
            default -> Files.writeString(file, "x".repeat(16 * 1024 + 1));
        }

        assertThat(send("POST /images/create?fromImage=ghcr.io/a", "", ""))
                .startsWith("502 ")
                .contains("the proxy cannot read the file with its password for ghcr.io (REGISTRIES)")
                .doesNotContain(folder.toString());
    }

    @Test
    void changedPasswordIsUsedAtOnce() throws Exception {
        Files.writeString(folder.resolve("ghcr"), "n3w");

        assertThat(send("POST /images/create?fromImage=ghcr.io/a", "", "")).contains("'password':'n3w'");
    }
}
