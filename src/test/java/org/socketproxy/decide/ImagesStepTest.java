package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Passwords for registries with {@code CREATE_IMAGES}. In the JSON, apostrophes stand for quotes. */
class ImagesStepTest {
    private static final String IMAGES = "r.example/**,nginx";
    /** Also the answer of dockerd about itself. */
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{\"ServerVersion\":\"29.0.0\"}";

    private static final Pattern HEADER = Pattern.compile("(?i)\r\nX-Registry-(?:Auth|Config): ([^\r]*)\r\n");

    @TempDir
    Path folder;

    private static String encoded(String json) {
        return Base64.getUrlEncoder().encodeToString(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the status, and the JSON of the header that the daemon got; {@code none} without the header. */
    private String send(String images, String line, String headers) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ChainUnderTest chain = ChainUnderTest.safe(
                        daemon.host(), images.isEmpty() ? Map.of() : Map.of("CREATE_IMAGES", images));
                RawClient client = chain.connect()) {
            client.send(line + " HTTP/1.1\r\nHost: d\r\n" + headers + "\r\n");
            RawResponse answer = client.readAnswer(line.split(" ")[0]);
            if (answer.status() != 200) {
                return answer.status() + " " + answer.body();
            }
            String head = daemon.takeHead();
            while (!head.startsWith(line)) { // a query of the proxy
                head = daemon.takeHead();
            }
            Matcher header = HEADER.matcher(head);
            return header.find()
                    ? new String(Base64.getUrlDecoder().decode(header.group(1)), StandardCharsets.UTF_8)
                            .replace('"', '\'')
                    : "none";
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /images/create?fromImage=r.example/a | {'username':'u','password':'p'} | {'username':'u','password':'p'}",
                "POST /images/create?fromImage=r.example/a | {'username':'u','serveraddress':'r.example'} | {'username':'u','serveraddress':'r.example'}",
                "POST /images/create?fromImage=r.example/a | {'Username':'u','ServerAddress':'https://R.example/v2/','new':{}} | {'username':'u','serveraddress':'https://R.example/v2/'}",
                "POST /images/create?fromImage=r.example/a | {'username':'u','serveraddress':'evil.example'} | {}",
                "POST /images/create?fromImage=r.example/a | {'username':'u','serveraddress':'r.example.evil.example'} | {}",
                "POST /images/create?fromImage=nginx       | {'username':'u','serveraddress':'https://index.docker.io/v1/'} | {'username':'u','serveraddress':'https://index.docker.io/v1/'}",
                "POST /images/create?fromImage=nginx       | {} | {}",
                "POST /images/create?fromImage=nginx       | null | {}",
                "POST /images/create?fromImage=r.example/a | {'r.example':{'username':'u'},'evil.example':{'username':'v'}} | {'r.example':{'username':'u'}}",
                "POST /images/r.example/a/push?tag=1       | {'username':'u'} | {'username':'u'}",
                "POST /images/evil.example/a/push?tag=1    | {'username':'u'} | {}",
                "POST /images/evil.example/a/push?tag=1    | {'username':'u','serveraddress':'r.example'} | {}",
                "GET /distribution/r.example/a:1/json      | {'identitytoken':'t'} | {'identitytoken':'t'}",
                "GET /distribution/evil.example/a:1/json   | {'identitytoken':'t'} | {}",
                "GET /images/search?term=evil.example/x    | {'username':'u'} | {}",
                "GET /images/search?term=x                 | {'username':'u'} | {'username':'u'}",
                "POST /libpod/images/pull?reference=r.example/a:1 | {'r.example/a':{'auth':'x'},'evil.example':{'auth':'y'}} | {'r.example/a':{'auth':'x'}}",
                "POST /libpod/images/r.example%2Fa/push?destination=docker://evil.example/a | {'username':'u'} | {}",
            })
    void passwordIsOnlyForRegistriesOfImages(String line, String json, String expected) throws Exception {
        assertThat(send(IMAGES, line, "X-Registry-Auth: " + encoded(json) + "\r\n"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'https://index.docker.io/v1/':{'username':'u'},'evil.example':{'username':'v'}} | {'https://index.docker.io/v1/':{'username':'u'}}",
                "{'r.example':{'username':'u','serveraddress':'evil.example'}} | none",
                "{'configs':{'r.example':{'username':'u'}}} | none",
                "{'r.example':null} | none"
            })
    void classicBuildHasPasswordsOfTheseRegistries(String json, String expected) throws Exception {
        assertThat(send(IMAGES, "POST /build?version=1", "X-Registry-Config: " + encoded(json) + "\r\n"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "**          | evil.example/a | true",
                "**/app      | evil.example/a | true",
                "evil.**/*   | evil.example/a | true",
                "*.example/* | evil.example/a | true",
                "*/a         | evil.example/a | false",
                "docker.io/**| evil.example/a | false"
            })
    void patternsName(String images, String image, boolean isKept) throws Exception {
        String line = "POST /images/" + image + "/push?tag=1";

        assertThat(send(images, line, "X-Registry-Auth: " + encoded("{'username':'u'}") + "\r\n"))
                .isEqualTo(isKept ? "{'username':'u'}" : "{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "e30=%", "bm90IGpzb24=", "W10=", "eyJhIjoxLCJhIjoyfQ==", "eyJ1c2VybmFtZSI6MX0="})
    void unreadablePasswordIsDenied(String value) throws Exception {
        assertThat(send(IMAGES, "POST /images/create?fromImage=nginx", "X-Registry-Auth: " + value + "\r\n"))
                .startsWith("403 ")
                .contains("the header X-Registry-Auth ", "which CREATE=safe does not allow");
    }

    @Test
    void fieldInTwoSpellingsAndTwoHeadersAreDenied() throws Exception {
        String line = "POST /images/create?fromImage=nginx";
        String twice = encoded("{'username':'u','UserName':'secret'}");

        assertThat(send(IMAGES, line, "X-Registry-Auth: " + twice + "\r\n"))
                .contains("has username twice")
                .doesNotContain("secret");
        assertThat(send(IMAGES, line, "X-Registry-Auth: e30=\r\nx-registry-auth: e30=\r\n"))
                .contains("the header X-Registry-Auth comes twice");
    }

    @Test
    void withoutImagesTheHeaderPassesUnchanged() throws Exception {
        assertThat(send("", "POST /images/create?fromImage=evil.example/a", "X-Registry-Auth: e30\r\n"))
                .isEqualTo("{}");
    }
}
