package org.socketproxy.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawClient;

/** Errors for missing objects in the words of the daemon. */
class MissingTextsTest {
    private static final Pattern ASKED =
            Pattern.compile("GET (/[^?]*/missing[0-9a-f]{32}(?::tag[0-9a-f]{32})?(?:/json|/get)?) HTTP/1.1");

    @TempDir
    Path folder;

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

    /** A daemon with one container, {@code other}, which answers all other requests with a pattern. */
    private FakeDaemon daemon(String status, String pattern) throws IOException {
        return FakeDaemon.running(folder, peer -> {
            for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                String target = head.split(" ")[1];
                String[] segments = target.split("/");
                String name = segments[1].equals("images") ? familiar(segments[2]) : segments[2];
                if (ASKED.matcher(head.lines().findFirst().orElseThrow()).matches()) {
                    asked.add(target);
                    peer.write(response(status, pattern.replace("NAME", name)));
                } else if (segments[2].equals("other")) {
                    peer.write(response(
                            "200",
                            "{\"Id\":\"" + "a".repeat(64)
                                    + "\",\"Name\":\"/other\",\"Config\":{\"Labels\":{\"owner\":\"dev\"}}}"));
                } else {
                    peer.write(response("404", "{\"message\":\"any words\"}"));
                }
            }
        });
    }

    private static String familiar(String image) {
        return image.contains(":") ? image : image + ":latest";
    }

    private static String response(String status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Type: text/plain\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static String answer(ChainUnderTest chain, String request) throws Exception {
        try (RawClient client = chain.connect()) {
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n");
            var answer = client.readAnswer(request.split(" ")[0]);
            assertThat(answer.head()).contains("\r\nContent-Type: application/json");
            assertThat(chain.takeRecord()).startsWith(request.contains("/other/") ? "deny target-outside " : "allow ");
            return answer.status() + " " + answer.body().strip();
        }
    }

    private ChainUnderTest chain(FakeDaemon daemon) throws Exception {
        return ChainUnderTest.safe(daemon.host(), Map.of("TARGETS", "label:owner=ci"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "GET /containers/other/json          | no 'other' here",
                "GET /containers/none/json           | no 'none' here",
                "POST /containers/none/stop          | no 'none' here",
                "GET /volumes/none                   | no 'none' here",
                "GET /exec/none/json                 | no 'none' here",
                "GET /images/none/json               | no 'none:latest' here",
                "GET /images/none:1/json             | no 'none:1' here",
                "GET /images/docker.io/library/none:1/json | no 'none:1' here",
                "GET /images/a/none/history          | no 'a/none:latest' here",
                "GET /images/none:1/get              | no 'none:1' here",
                "GET /images/sha256:ab/json          | No such image: sha256:ab",
                "POST /containers/none/kill          | cannot kill container: none: No such container: none",
            })
    void answerIsInTheWordsOfTheDaemon(String request, String message) throws Exception {
        try (FakeDaemon daemon = daemon("404", "{\"message\":\"no 'NAME' here\"}");
                ChainUnderTest chain = chain(daemon)) {
            assertThat(answer(chain, request)).isEqualTo("404 {\"message\":\"" + message + "\"}");
        }
    }

    @Test
    void daemonIsAskedOnceForAKindWithNothingOfTheClient() throws Exception {
        try (FakeDaemon daemon = daemon("404", "{\"message\":\"no NAME\"}");
                ChainUnderTest chain = chain(daemon)) {
            List<String> answers = new ArrayList<>();
            for (String name : List.of("other", "none", "c3", "other")) {
                answers.add(answer(chain, "GET /containers/" + name + "/json"));
            }

            assertThat(answers)
                    .containsExactly(
                            "404 {\"message\":\"no other\"}",
                            "404 {\"message\":\"no none\"}",
                            "404 {\"message\":\"no c3\"}",
                            "404 {\"message\":\"no other\"}");
            assertThat(asked).hasSize(1).allMatch(target -> target.matches("/containers/missing[0-9a-f]{32}/json"));
        }
    }

    /** The first use and the later ones. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "200 | {\"message\":\"no NAME\"}",
                "500 | {\"message\":\"no NAME\"}",
                "404 | {\"message\":\"page not found\"}",
                "404 | <p>no NAME</p>",
                "404 | {\"message\":\"no NAME\"}{}",
                "404 | {\"message\":\"no NAME\",\"message\":1}",
                "404 | [\"NAME\"]",
            })
    void otherAnswersAreNotUsed(String status, String pattern) throws Exception {
        try (FakeDaemon daemon = daemon(status, pattern);
                ChainUnderTest chain = chain(daemon)) {
            for (String name : List.of("other", "none", "other")) {
                assertThat(answer(chain, "GET /containers/" + name + "/json"))
                        .isEqualTo("404 {\"message\":\"No such container: " + name + "\"}");
            }
            assertThat(asked).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 5000})
    void longAnswersAreNotUsed(int spaces) throws Exception {
        try (FakeDaemon daemon = daemon("404", "{\"message\":\"no NAME\"}" + " ".repeat(spaces));
                ChainUnderTest chain = chain(daemon)) {
            assertThat(answer(chain, "GET /containers/none/json"))
                    .isEqualTo("404 {\"message\":\"No such container: none\"}");
        }
    }

    @Test
    void nameIsEscapedInTheDaemonsJson() throws Exception {
        try (FakeDaemon daemon = daemon("404", "{\"message\":\"no NAME\"}");
                ChainUnderTest chain = chain(daemon)) {
            assertThat(answer(chain, "GET /volumes/a%22b")).isEqualTo("404 {\"message\":\"no a\\\"b\"}");
        }
    }

    @Test
    void daemonThatDoesNotAnswerIsReplacedByTheBuiltInText() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        if (ASKED.matcher(head.lines().findFirst().orElseThrow())
                                .matches()) {
                            return;
                        }
                        peer.write(response("404", "{\"message\":\"any words\"}"));
                    }
                });
                ChainUnderTest chain = chain(daemon)) {
            assertThat(answer(chain, "GET /containers/none/json"))
                    .isEqualTo("404 {\"message\":\"No such container: none\"}");
        }
    }
}
