package org.socketproxy.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.socketproxy.testing.CallList;

/** Reads the requests of the corpora. */
final class RecordedRequests {
    private static final Path RESOURCES = Path.of("src/test/resources/org/socketproxy");
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})>");
    private static final Pattern REMOVAL = Pattern.compile("DELETE (/v[0-9.]+)?(/libpod)?/containers/");
    private static final List<String> NAMES =
            List.of("own1", "own-vol", "own-mix", "own-priv", "foreign1", "missing1", "guard");

    /**
     * A request of a corpus.
     *
     * @param variables variables that are on, for a request that is sent with these only; empty for the policies of the test
     * @param responses number of responses
     */
    record Sent(Corpus corpus, String label, String method, String bytes, String variables, int responses) {
        /** Returns true if the denial of a later create could tell what an updater needs, for a minute. */
        boolean isRemovalOfContainer() {
            return REMOVAL.matcher(label).lookingAt();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** Kind of the corpus, which decides about the policies. */
    enum Corpus {
        CLIENT,
        NAMES,
        BODY,
        COMPAT,
        RAW
    }

    private RecordedRequests() {}

    /** Returns the requests; the removals of containers come last, so that no denial depends on the time since one. */
    static List<Sent> load() {
        return Stream.of(
                        lines("policy/client-queries.txt").map(line -> sent(Corpus.CLIENT, line, "")),
                        CallList.names().stream()
                                .flatMap(name -> CallList.of(name).requests().stream())
                                .map(call -> sent(Corpus.CLIENT, call.method() + " " + call.target(), "")),
                        cells("policy/decisions.txt").map(cells -> sent(Corpus.CLIENT, cells[1], "")),
                        cells("policy/parameter-rules.txt").map(cells -> sent(Corpus.CLIENT, cells[3], cells[2])),
                        lines("decide/target-lists.txt").map(line -> sent(Corpus.CLIENT, "GET " + list(line), "")),
                        cells("protect/client-protection.txt")
                                .map(cells -> sent(Corpus.NAMES, cells[0], quoted(cells[1]))),
                        Stream.of("docker/target-operations.txt", "docker/target-libpod-operations.txt")
                                .flatMap(RecordedRequests::cells)
                                .flatMap(RecordedRequests::named),
                        cells("policy/create/create-corpus.txt")
                                .map(cells -> sent(Corpus.BODY, cells[2], cells.length < 4 ? "" : unescaped(cells[3]))),
                        Stream.of("compat/tecnativa.requests.tsv", "compat/linuxserver.requests.tsv")
                                .flatMap(RecordedRequests::lines)
                                .map(line -> line.split("\t"))
                                .map(cells -> sent(Corpus.COMPAT, cells[1] + " " + cells[2], "")),
                        Attack.all()
                                .filter(attack -> !attack.statuses().isEmpty())
                                .map(RecordedRequests::raw),
                        lines("filter/malformed.txt").map(RecordedRequests::malformed))
                .flatMap(sent -> sent)
                .sorted(Comparator.comparing(Sent::isRemovalOfContainer))
                .toList();
    }

    private static Stream<String> lines(String file) {
        try {
            return Files.readAllLines(RESOURCES.resolve(file)).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Stream<String[]> cells(String file) {
        return lines(file)
                .map(line -> line.split(" *\\| ?", 4))
                .map(cells -> Arrays.stream(cells).map(String::strip).toArray(String[]::new));
    }

    private static String list(String line) {
        return line.split(" \\| ")[1].replace('\'', '"');
    }

    private static String quoted(String body) {
        return body.equals("-") ? "" : body.replace('\'', '"');
    }

    private static String unescaped(String text) {
        return BYTE.matcher(text)
                .replaceAll(
                        match -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }

    /** Returns the request for objects of each owner and kind. */
    private static Stream<Sent> named(String[] cells) {
        String body = cells.length < 3 || cells[2].equals("-") ? "" : cells[2];
        boolean isNamed = (cells[1] + body).contains("NAME");
        return (isNamed ? NAMES.stream() : Stream.of(""))
                .map(name -> sent(
                        Corpus.NAMES,
                        cells[1].replace("NAME", name).replace("OWN", "ci"),
                        body.replace("NAME", name).replace("OWN", "ci")));
    }

    /** @param content a body of JSON, the word body, or headers with slashes between them */
    private static Sent sent(Corpus corpus, String request, String content) {
        String[] line = request.split(" ", 2);
        boolean hasHeaders = content.matches("[A-Za-z-]+: .*");
        String body = hasHeaders || content.equals("-") ? "" : content.equals("body") ? "{\"a\":1}" : content;
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        String upgrade = request.contains("/attach/ws")
                ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                : request.matches("POST .*/(attach|exec/.*/start)(\\?.*)?")
                        ? "Connection: Upgrade\r\nUpgrade: tcp\r\n"
                        : "";
        String head = unescaped(request) + " HTTP/1.1\r\nHost: d\r\n" + upgrade
                + (hasHeaders ? content.replace(" / ", "\r\n") + "\r\n" : "")
                + (body.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + bytes.length() + "\r\n")
                + "\r\n";
        return new Sent(corpus, label(request + " " + content), line[0], head + bytes, "", 1);
    }

    private static Sent raw(Attack attack) {
        String method = attack.isHead() || attack.isTunnel() ? "HEAD" : "GET";
        return new Sent(
                Corpus.RAW,
                label("(" + attack.variables() + ") " + attack.bytes()),
                method,
                attack.bytes(),
                attack.variables(),
                attack.statuses().size());
    }

    private static Sent malformed(String line) {
        String bytes = unescaped(line.substring(5).replace("\\r", "\r").replace("\\n", "\n"));
        return new Sent(Corpus.RAW, label("(-) " + bytes), "GET", bytes, "-", 1);
    }

    private static String label(String text) {
        String printable = text.replaceAll("[^ -~]+", "~").strip();
        boolean isLong = printable.length() > 120;
        return (isLong ? printable.substring(0, 120) + "..." : printable)
                + (isLong || !printable.equals(text.strip()) ? " " + RecordedExchange.hash(text) : "");
    }
}
