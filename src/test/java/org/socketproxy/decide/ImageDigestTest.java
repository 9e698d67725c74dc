package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** The digest in place of a tag with {@code CREATE_REQUIRE=digest}. In the JSON, apostrophes stand for quotes. */
class ImageDigestTest {
    private static final String A = "sha256:" + "a".repeat(64);
    private static final String B = "sha256:" + "b".repeat(64);
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final String OWN = "'Id':'" + A + "','RepoTags':['nginx:1'],'Config':{'Labels':{'owner':'ci'}}";

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    /** Bodies of answers of the daemon, by {@code registry} and {@code local}; without a body the status is 404. */
    private final Map<String, String> told = new HashMap<>();

    private RawResponse send(Map<String, String> settings, String line, String headers, String body) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of("CREATE_REQUIRE", "digest"));
        all.putAll(settings);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                        Matcher length = LENGTH.matcher(head);
                        requests.add(head + (length.find() ? peer.read(Integer.parseInt(length.group(1))) : ""));
                        String target = head.split(" ", 3)[1];
                        if (target.startsWith("/distribution/")) {
                            answer(peer, told.get("registry"));
                        } else if (target.startsWith("/volumes/")) {
                            answer(peer, null);
                        } else if (target.startsWith("/images/") && target.endsWith("/json")) {
                            answer(peer, told.get("local"));
                        } else {
                            answer(peer, "{'ApiVersion':'1.45','Components':[{'Name':'Engine'}]}");
                        }
                    }
                });
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), all);
                RawClient client = chain.connect()) {
            String json = body.replace('\'', '"');
            String ofBody =
                    json.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n";
            client.send(line + " HTTP/1.1\r\nHost: d\r\n" + headers + ofBody + "\r\n" + json);
            return client.readAnswer(line.split(" ")[0]);
        }
    }

    private static void answer(FakeDaemon.Peer peer, String body) throws IOException {
        String text = body == null ? "{'message':'no such <image>'}" : body;
        peer.write("HTTP/1.1 " + (body == null ? 404 : 200) + " X\r\nContent-Type: application/json\r\nContent-Length: "
                + text.length() + "\r\n\r\n" + text.replace('\'', '"'));
    }

    private static String descriptor(String digest) {
        return "{'Descriptor':{'digest':'" + digest + "'},'Platforms':[]}";
    }

    /** Returns the last request that changes something. */
    private String forwarded() {
        return requests.stream()
                .filter(request -> request.startsWith("POST "))
                .reduce((first, last) -> last)
                .orElse("nothing")
                .replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /containers/create | {'Image':'nginx:1','Cmd':['x']} | /distribution/docker.io/library/nginx:1/json | {'Image':'nginx:1@A','Cmd':['x']}",
                "POST /containers/create | {'Image':'nginx'} | /distribution/docker.io/library/nginx:latest/json | {'Image':'nginx@A'}",
                "POST /containers/create | {'Image':'r.example:5000/a/b:1'} | /distribution/r.example:5000/a/b:1/json | {'Image':'r.example:5000/a/b:1@A'}",
                "POST /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'nginx:1'}}} | /distribution/docker.io/library/nginx:1/json | 'Image':'nginx:1@A'",
                "POST /images/create?fromImage=nginx&tag=1 | `` | /distribution/docker.io/library/nginx:1/json | POST /images/create?fromImage=docker.io%2Flibrary%2Fnginx&tag=sha256%3A",
                "POST /images/create?fromImage=nginx:1 | `` | /distribution/docker.io/library/nginx:1/json | POST /images/create?fromImage=docker.io%2Flibrary%2Fnginx&tag=sha256%3A",
                "POST /images/create?fromImage=nginx:2&tag=1 | `` | /distribution/docker.io/library/nginx:1/json | fromImage=docker.io%2Flibrary%2Fnginx&tag=sha256%3A",
            })
    void requestGetsTheDigestThatTheRegistryTells(String line, String body, String asked, String expected)
            throws Exception {
        told.put("registry", descriptor(A));

        RawResponse answer = send(Map.of(), line, "X-Registry-Auth: e30=\r\n", body);

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(forwarded()).contains(expected.replace("A'", A + "'"));
        assertThat(requests)
                .filteredOn(request -> request.startsWith("GET " + asked + " "))
                .singleElement()
                .asString()
                .contains("X-Registry-Auth: e30=\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "POST /containers/create, \"{'Image':'nginx@"
                + "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}\"",
        "POST /images/create?fromImage=nginx&tag=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, ''"
    })
    void requestWithADigestPassesUnchanged(String line, String body) throws Exception {
        assertThat(send(Map.of(), line, "", body.replace("\"", "")).status()).isEqualTo(200);

        assertThat(forwarded()).startsWith(line + " ").endsWith(body.replace("\"", ""));
        assertThat(requests).hasSize(1);
    }

    /** {@code local} has the digests of the local image. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'nginx@A'            | nginx:1@A",
                "'docker.io/library/nginx@A','other@B' | nginx:1@A",
                "'nginx@A','nginx@B'  | neither the registry (status 404, no such <image>) nor the local image has one digest",
                "'other@A'            | neither the registry",
                "'nginx@sha256:abc'   | neither the registry",
                "``                   | neither the registry",
                "missing              | neither the registry"
            })
    void withoutTheRegistryACreationGetsTheOnlyDigestOfTheLocalImage(String digests, String expected) throws Exception {
        if (!digests.equals("missing")) {
            told.put(
                    "local", "{'RepoDigests':[" + digests.replace("A'", A + "'").replace("B'", B + "'") + "]}");
        }

        RawResponse answer = send(Map.of(), "POST /containers/create", "", "{'Image':'nginx:1'}");

        if (expected.startsWith("nginx")) {
            assertThat(forwarded()).contains(expected.replace("A", A));
        } else {
            assertThat(answer.body()).contains("Image is nginx:1, and CREATE_REQUIRE has digest; " + expected);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(forwarded()).isEqualTo("nothing");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /images/create?fromImage=nginx&tag=1 | {'Descriptor':{'digest':'sha256:1'}} | the daemon did not get its digest: status 200",
                "POST /images/create?fromImage=nginx&tag=1 | [] | the daemon did not get its digest: status 200",
                "POST /images/create?fromImage=nginx&tag=1&tag=2 | {} | a pull needs fromImage and tag once",
                "POST /images/create?fromImage=nginx&fromImage=nginx&tag=2 | {} | a pull needs fromImage and tag once",
            })
    void pullWithoutADigestOfTheRegistryIsDenied(String line, String registry, String sentence) throws Exception {
        told.put("registry", registry);
        told.put("local", "{'RepoDigests':['nginx@" + A + "']}");

        RawResponse answer = send(Map.of(), line, "", "");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).contains(sentence);
        assertThat(forwarded()).isEqualTo("nothing");
    }

    /** The targets were judged by the local image. */
    @ParameterizedTest
    @CsvSource({"nginx, true", "other, false"})
    void confinedClientGetsOnlyTheImageThatWasJudged(String repository, boolean isAllowed) throws Exception {
        told.put("registry", descriptor(A));
        told.put("local", "{" + OWN + ",'RepoDigests':['" + repository + "@" + A + "']}");

        RawResponse answer =
                send(Map.of("TARGETS", "label:owner=ci"), "POST /containers/create", "", "{'Image':'nginx:1'}");

        assertThat(answer.status()).as(answer.body()).isEqualTo(isAllowed ? 200 : 403);
        if (isAllowed) {
            assertThat(forwarded()).contains("'Image':'nginx:1@" + A + "'");
        } else {
            assertThat(answer.body()).contains("the local image has another digest than the registry: pull it");
        }
    }

    /** The password for another registry is not used for the question either; a tag of {@code CREATE_IMAGES} stays one. */
    @Test
    void patternOfImagesJudgesTheTagAndThePassword() throws Exception {
        told.put("registry", descriptor(A));
        Map<String, String> settings = Map.of("CREATE_IMAGES", "nginx:1", "BINDS", "/srv/**");
        String auth = "eyJ1c2VybmFtZSI6InUiLCJzZXJ2ZXJhZGRyZXNzIjoiZXZpbC5leGFtcGxlIn0="; // of evil.example

        RawResponse answer =
                send(settings, "POST /images/create?fromImage=nginx&tag=1", "X-Registry-Auth: " + auth + "\r\n", "");

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(requests).noneMatch(request -> request.contains(auth));
        assertThat(send(
                                settings,
                                "POST /containers/create",
                                "",
                                "{'Image':'nginx:1','HostConfig':{'Binds':['/srv/a:/a']}}")
                        .status())
                .isEqualTo(200);
        assertThat(forwarded()).contains("'Image':'nginx:1@" + A, "'Subpath':'a'");
    }
}
