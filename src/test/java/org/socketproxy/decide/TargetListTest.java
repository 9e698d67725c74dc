package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A confined client sees only own objects in lists, before a daemon that ignores filters. */
class TargetListTest {
    private static final Map<String, String> LISTS = Map.of(
            "/containers/json",
            """
            [{"Id":"c1","Names":["/ci-web"],"Image":"a","Labels":{"owner":"ci","x":"1"},"State":"running"},
             {"Id":"c2","Names":["/dev-db"],"Image":"a","Labels":{"owner":"dev"}},
             {"Id":"c3","Names":["/dev-web/ci-db","/ci-db"],"Image":"a","Labels":{"owner":"ci"}},
             {"Id":"c4","Names":["/dev-x","/dev-web/ci-x"],"Image":"a","Labels":{}},
             {"Id":"c5","Names":["/ci-none"],"Image":"a","Labels":null}]
            """,
            "/images/json",
            """
            [{"Id":"i1","RepoTags":["ci/app:1","dev/app:1"],"RepoDigests":["ci/app@sha256:aa","dev/app@sha256:aa"],"Labels":{"owner":"ci"},"Containers":4,"History":["dev/app:1"],"Names":["dev/app:1","ci/app:1"]},
             {"Id":"i2","RepoTags":["dev/app:2"],"RepoDigests":[],"Labels":{"owner":"dev"}},
             {"Id":"i3","RepoTags":null,"RepoDigests":null,"Labels":null}]
            """,
            "/networks",
            """
            [{"Name":"bridge","Id":"n0","Labels":{}},{"Name":"ci-net","Id":"n1","Labels":{"owner":"ci"}},
             {"Name":"dev-net","Id":"n2","Labels":{"owner":"dev"}}]
            """,
            "/networks/",
            """
            [{"Name":"ci-net","Id":"n1","Labels":{"owner":"ci"}},{"Name":"dev-net","Id":"n2","Labels":{"owner":"dev"}}]
            """,
            "/volumes",
            """
            {"Volumes":[{"Name":"ci-data","Driver":"local","Labels":{"owner":"ci"}},
             {"Name":"dev-data","Driver":"local","Labels":{"owner":"dev"}},{"Name":"anonymous","Labels":null}],"Warnings":null}
            """,
            "/services",
            """
            [{"ID":"s1","Spec":{"Name":"ci-s","Labels":{"owner":"ci"},"TaskTemplate":{"Labels":{"owner":"dev"}}}},
             {"ID":"s2","Spec":{"Name":"dev-s","Labels":{"owner":"dev"}},"Labels":{"owner":"ci"}}]
            """,
            "/secrets",
            """
            [{"ID":"e1","Spec":{"Name":"ci-e","Labels":{"owner":"ci"}}},{"ID":"e2","Spec":{"Name":"dev-e","Labels":{}}}]
            """,
            "/configs",
            """
            [{"ID":"g1","Spec":{"Name":"ci-g","Labels":{"owner":"ci"}}},{"ID":"g2","Spec":{"Name":"dev-g"}}]
            """);

    @TempDir
    Path folder;

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ", 3)[1];
                String path = target.replaceAll("\\?.*", "").replaceFirst("^/v1\\.\\d+", "");
                String body = LISTS.getOrDefault(path, "{\"message\":\"no list\"}");
                peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private ChainUnderTest chain(String targets) throws Exception {
        return ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", targets));
    }

    private static String encode(String target) {
        int filters = target.indexOf("filters={");
        return filters < 0
                ? target
                : target.substring(0, filters + 8)
                        + URLEncoder.encode(target.substring(filters + 8).replace('\'', '"'), StandardCharsets.UTF_8);
    }

    private static String ids(String body) {
        return Pattern.compile("\"(?:Id|ID)\":\"(\\w+)\"|\"Name\":\"([a-z-]*-data|anonymous)\"")
                .matcher(body)
                .results()
                .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                .collect(Collectors.joining(" "));
    }

    /** @param forwarded the query that reaches the daemon, decoded, or the status of a denial */
    @ParameterizedTest
    @CsvFileSource(
            resources = "target-lists.txt",
            delimiter = '|',
            quoteCharacter = '~',
            useHeadersInDisplayName = true,
            numLinesToSkip = 0)
    void listHasOnlyOwnElements(String targets, String request, String forwarded, String seen) throws Exception {
        try (ChainUnderTest chain = chain(targets.strip());
                RawClient client = chain.connect()) {
            RawResponse answer = client.request("GET", encode(request.strip())).readAnswer("GET");

            if (forwarded.matches("\\d+")) {
                assertThat(answer.status()).isEqualTo(Integer.parseInt(forwarded));
                assertThat(daemon.isUntouched()).isTrue();
                assertThat(chain.takeRecord()).startsWith("deny " + seen + " GET ");
            } else {
                String target = daemon.takeHead().split(" ", 3)[1];
                String query = target.contains("?") ? target.substring(target.indexOf('?') + 1) : "";
                assertThat(URLDecoder.decode(query, StandardCharsets.UTF_8).replace('"', '\''))
                        .isEqualTo(forwarded.equals("-") ? "" : forwarded);
                assertThat(ids(answer.body())).isEqualTo(seen.equals("-") ? "" : seen);
                assertThat(answer.status()).isEqualTo(200);
            }
        }
    }

    @Test
    void referencesOfOthersAreRemovedFromOwnImages() throws Exception {
        try (ChainUnderTest chain = chain("images:reference:ci/**");
                RawClient client = chain.connect()) {
            String body = client.request("GET", "/v1.45/images/json")
                    .readAnswer("GET")
                    .body();

            assertThat(body.strip())
                    .isEqualTo(
                            "[{\"Id\":\"i1\",\"RepoTags\":[\"ci/app:1\"],\"RepoDigests\":[\"ci/app@sha256:aa\"],"
                                    + "\"Labels\":{\"owner\":\"ci\"},\"Containers\":-1,\"History\":[],\"Names\":[\"ci/app:1\"]}]");
        }
    }
}
