package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.cosign.SignatureRegistry.DIGEST;
import static org.socketproxy.cosign.SignatureRegistry.OTHER_DIGEST;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.cosign.SignatureRegistry;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Requests with images of {@code CREATE_SIGNED}. In the JSON, apostrophes stand for quotes, and R for the registry. */
class SignaturesStepTest {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final String CREATE = "POST /containers/create";
    private static final String NONE = "which needs a signature (CREATE_SIGNED); it has no signature of Cosign";
    private static final String ELSEWHERE =
            "which needs a signature (CREATE_SIGNED), and the proxy checks signatures only in pulls, containers and services";

    @TempDir
    Path folder;

    private SignatureRegistry registry;
    private KeyPair keys;
    private Path file;
    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void start() throws Exception {
        registry = new SignatureRegistry();
        keys = SignatureRegistry.keys("EC");
        file = SignatureRegistry.write(keys, folder.resolve("cosign.pub"));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private void sign(String repository) throws Exception {
        registry.sign(repository, keys, SignatureRegistry.payload(registry.host() + "/" + repository, DIGEST));
    }

    private RawResponse send(String line, String body) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                        Matcher length = LENGTH.matcher(head);
                        requests.add(head + (length.find() ? peer.read(Integer.parseInt(length.group(1))) : ""));
                        answer(
                                peer,
                                head.startsWith("GET /distribution/")
                                        ? "{'Descriptor':{'digest':'" + DIGEST + "'},'Platforms':[]}"
                                        : "{'ApiVersion':'1.45','Components':[{'Name':'Engine'}]}");
                    }
                });
                ChainUnderTest chain = ChainUnderTest.safe(
                        daemon.host(),
                        Map.of(
                                "CREATE_IMAGES",
                                registry.host() + "/**,nginx",
                                "CREATE_SIGNED",
                                registry.host() + "/team/**=" + file));
                RawClient client = chain.connect()) {
            String json = text(body);
            client.send(text(line) + " HTTP/1.1\r\nHost: d\r\n"
                    + (json.isEmpty()
                            ? ""
                            : "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n")
                    + "\r\n" + json);
            return client.readAnswer("POST");
        }
    }

    private String text(String text) {
        return text.replace('\'', '"')
                .replace("R/", registry.host() + "/")
                .replace("@A", "@" + DIGEST)
                .replace("=A", "=" + DIGEST)
                .replace("@B", "@" + OTHER_DIGEST);
    }

    private static void answer(FakeDaemon.Peer peer, String body) throws IOException {
        peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body.replace('\'', '"'));
    }

    private boolean isForwarded() {
        return requests.stream().anyMatch(request -> request.startsWith("POST "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /containers/create | {'Image':'R/team/app:1'} | 'Image':'R/team/app:1@A'",
                "POST /containers/create | {'Image':'R/team/app@A'} | 'Image':'R/team/app@A'",
                "POST /services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'R/team/app:1'}}} | 'Image':'R/team/app:1@A'",
                "POST /images/create?fromImage=R/team/app&tag=1 | `` | %2Fteam%2Fapp&tag=sha256%3Aaaa",
                "POST /images/create?fromImage=R/team/app&tag=A | `` | /team/app&tag=sha256:aaa",
            })
    void signedImagePassesWithItsDigest(String line, String body, String expected) throws Exception {
        assertThat(send(line, body).body()).contains(NONE);
        assertThat(isForwarded()).isFalse();

        sign("team/app");

        RawResponse answer = send(line, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(requests)
                .anySatisfy(request -> assertThat(request)
                        .startsWith(text(line).replaceFirst("[?].*", ""))
                        .contains(text(expected)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                CREATE + " | {'Image':'R/team/app@B'} | " + NONE,
                CREATE + " | {'Image':'R/team/app:1@B'} | " + NONE,
                CREATE + " | {'Image':'nginx','image':'R/team/app@B'} | another spelling",
                CREATE + " | {'image':'R/team/app@B'} | another spelling",
                CREATE
                        + " | {'Image':'nginx','HostConfig':{'Mounts':[{'Type':'image','Source':'R/team/app@A','Target':'/x'}]}} | "
                        + ELSEWHERE,
                "POST /images/create?fromImage=R/team/app&fromImage=nginx&tag=1 | `` | fromImage and tag once",
                "POST /images/create?fromImage=nginx&fromImage=R/team/app&tag=1 | `` | fromImage and tag once",
                "POST /images/create?fromImage=R/team/app@B | `` | " + NONE,
                "POST /libpod/images/pull?reference=R/team/app | `` | signature",
                "POST /libpod/images/pull?reference=R/team/app@A | `` | signature",
                "POST /libpod/containers/create | {'image':'R/team/app:1'} | signature",
                "POST /libpod/containers/create | {'image':'R/team/app@A'} | " + ELSEWHERE,
            })
    void otherDigestsAndPlacesAreDenied(String line, String body, String expected) throws Exception {
        sign("team/app");

        RawResponse answer = send(line, body);

        assertThat(answer.status()).as(answer.body()).isIn(400, 403);
        assertThat(answer.body()).contains(expected);
        assertThat(isForwarded()).isFalse();
    }

    @Test
    void otherImagesNeedNoSignature() throws Exception {
        for (String image : new String[] {"nginx", "R/other/app:1"}) {
            assertThat(send(CREATE, "{'Image':'" + image + "'}").status()).isEqualTo(200);
            assertThat(requests).anySatisfy(request -> assertThat(request).endsWith(text("{'Image':'" + image + "'}")));
        }
    }
}
