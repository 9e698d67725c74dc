package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProxyUnderTest;

/** Sends the heads of {@code http2-heads.txt} as frames, and compares the response and the request at the daemon. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2HeadTest {
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})(?:\\*(\\d+))?>");

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        proxy = ProxyUnderTest.with(daemon.socket(), Map.of("CONTAINERS", "1"));
    }

    @AfterAll
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    @BeforeEach
    void forgetEarlierRequests() throws InterruptedException {
        while (!daemon.isUntouched()) {
            daemon.takeHead();
        }
    }

    static Stream<String> heads() {
        return Corpus.lines(Http2HeadTest.class, "http2-heads.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"));
    }

    @ParameterizedTest
    @MethodSource("heads")
    void headIsForwardedOrRefused(String line) throws Exception {
        String[] cells = line.split(" *\\| ", 3);
        try (Http2Client client = Http2Client.connect(proxy.port())) {
            int stream = client.open(true, fields(cells[2]));
            if (cells[0].equals("end")) {
                client.awaitEnd();
                assertThat(client.answer(stream).status()).isZero();
            } else {
                Http2Client.Answer answer = client.answer(stream);
                assertThat(answer.status() + " " + answer.body()).startsWith(cells[0] + " ");
                assertThat(answer.isComplete()).isTrue();
                assertThat(client.ask("GET", "/_ping", "x-next", "1").status()).isEqualTo(200);
            }
        }
        Stream<String> own =
                Stream.of(bytes(cells[1]).replace("~", "\r\n") + "\r\n\r\n").filter(head -> !cells[1].equals("-"));
        Stream<String> next = Stream.of("GET /_ping HTTP/1.1\r\nHost: docker\r\nx-next: 1\r\n\r\n")
                .filter(head -> !cells[0].equals("end"));
        List<String> expected = Stream.concat(own, next).toList();
        assertThat(daemon.takeHeads(expected.size())).isEqualTo(expected);
        assertThat(daemon.isUntouched()).isTrue();
    }

    private static String[] fields(String text) {
        List<String> fields = new ArrayList<>();
        for (String part : text.split(" ; ")) {
            if (part.matches("[^= ]+ .*")) {
                String[] line = part.split(" ", 2);
                fields.addAll(List.of(Http2Client.head(bytes(line[0]), bytes(line[1]))));
            } else {
                String[] field = part.split("=", 2);
                fields.addAll(List.of(bytes(field[0]), bytes(field[1])));
            }
        }
        return fields.toArray(String[]::new);
    }

    private static String bytes(String text) {
        return BYTE.matcher(text).replaceAll(match -> {
            String one = String.valueOf((char) Integer.parseInt(match.group(1), 16));
            return Matcher.quoteReplacement(one.repeat(match.group(2) == null ? 1 : Integer.parseInt(match.group(2))));
        });
    }
}
