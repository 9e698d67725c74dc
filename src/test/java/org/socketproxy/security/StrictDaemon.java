package org.socketproxy.security;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.testing.FakeDaemon;

/**
 * Script of a daemon that reads its bytes by the letter of RFC 9112, without code of the proxy, and answers each request
 * with a token of its own, in a header and in the body. What is not exactly one request after the other is a violation.
 */
final class StrictDaemon implements FakeDaemon.Script {
    private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ [!-~]+ HTTP/1\\.1");
    private static final Pattern FIELD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\xff&&[^\\x7f]]*");
    private static final int LONGEST_LINE = 300_000;

    /**
     * A request as it arrived.
     *
     * @param body without its framing
     * @param isWhole whether the body came to its end
     */
    record Seen(String method, String target, List<String> fields, String body, boolean isWhole, String token)
            implements RequestHead {
        @Override
        public List<String> values(String header) {
            return fields.stream()
                    .filter(field -> field.substring(0, field.indexOf(':')).equalsIgnoreCase(header))
                    .map(field -> field.substring(field.indexOf(':') + 1).strip())
                    .toList();
        }

        @Override
        public boolean hasBody() {
            return !values("Transfer-Encoding").isEmpty()
                    || values("Content-Length").stream().anyMatch(length -> !length.equals("0"));
        }
    }

    private static final AtomicLong TOKENS = new AtomicLong();

    private final Consumer<Seen> check;
    private final Queue<Throwable> violations = new ConcurrentLinkedQueue<>();

    /** @param check called for each request; an error that it throws is a violation */
    StrictDaemon(Consumer<Seen> check) {
        this.check = check;
    }

    /** Returns what was wrong since the last call. */
    List<Throwable> takeViolations() {
        List<Throwable> taken = new ArrayList<>();
        for (Throwable next = violations.poll(); next != null; next = violations.poll()) {
            taken.add(next);
        }
        return taken;
    }

    @Override
    public void run(FakeDaemon.Peer peer) throws IOException {
        InputStream in = new BufferedInputStream(peer.input());
        try {
            for (Seen seen = read(in); seen != null; seen = read(in)) {
                check.accept(seen);
                if (!seen.isWhole) {
                    return;
                }
                peer.write(answer(seen));
            }
        } catch (AssertionError | RuntimeException wrong) {
            violations.add(wrong);
        }
    }

    private static String answer(Seen seen) {
        String body = "{\"Id\":\"" + "c".repeat(64) + "\",\"Name\":\"/a\",\"Driver\":\"local\",\"Seen\":\"" + seen.token
                + "\"}";
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Seen: " + seen.token + "\r\n";
        boolean isChunked = seen.target.length() % 2 == 0;
        String framed = isChunked ? Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n" : body;
        return head
                + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: " + body.length() + "\r\n\r\n")
                + (seen.method.equals("HEAD") ? "" : framed);
    }

    /** Reads one request; null if the connection ends before it or in its head. */
    private static Seen read(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = line(in); line == null || !line.isEmpty(); line = line(in)) {
            if (line == null) {
                return null;
            }
            lines.add(line);
        }
        require(!lines.isEmpty() && REQUEST_LINE.matcher(lines.get(0)).matches(), "request line", lines);
        String[] words = lines.get(0).split(" ", 2);
        List<String> fields = lines.subList(1, lines.size());
        require(fields.stream().allMatch(field -> FIELD.matcher(field).matches()), "field", lines);
        Seen head = new Seen(
                words[0],
                words[1].substring(0, words[1].lastIndexOf(' ')),
                fields,
                "",
                false,
                "t" + TOKENS.incrementAndGet() + "t");
        require(head.values("Host").size() == 1, "host", lines);
        StringBuilder body = new StringBuilder();
        boolean isWhole = readBody(in, head, lines, body);
        return new Seen(head.method, head.target, fields, body.toString(), isWhole, head.token);
    }

    private static boolean readBody(InputStream in, Seen head, List<String> lines, StringBuilder body)
            throws IOException {
        List<String> codings = head.values("Transfer-Encoding");
        List<String> lengths = head.values("Content-Length");
        if (!codings.isEmpty()) {
            require(codings.equals(List.of("chunked")) && lengths.isEmpty(), "framing", lines);
            return readChunks(in, body);
        }
        require(lengths.size() < 2 && lengths.stream().allMatch(each -> each.matches("[0-9]{1,9}")), "length", lines);
        return lengths.isEmpty() || take(in, Integer.parseInt(lengths.get(0)), body);
    }

    private static boolean readChunks(InputStream in, StringBuilder body) throws IOException {
        while (true) {
            String size = line(in);
            if (size == null) {
                return false;
            }
            require(size.matches("[0-9A-Fa-f]{1,7}"), "chunk size", List.of(size));
            int bytes = Integer.parseInt(size, 16);
            boolean isTaken = take(in, bytes, body);
            String end = line(in);
            if (!isTaken || end == null) {
                return false;
            }
            require(end.isEmpty(), "end of a chunk", List.of(end));
            if (bytes == 0) {
                return true;
            }
        }
    }

    private static boolean take(InputStream in, int count, StringBuilder into) throws IOException {
        byte[] bytes = in.readNBytes(count);
        into.append(new String(bytes, StandardCharsets.ISO_8859_1));
        return bytes.length == count;
    }

    /** Reads a line without its end; null if the connection ends first. */
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                require(text.endsWith("\r"), "line end", List.of(text));
                return text.substring(0, text.length() - 1);
            }
            line.write(next);
            require(line.size() < LONGEST_LINE, "long line", List.of());
        }
        return null;
    }

    private static void require(boolean isMet, String what, List<String> where) {
        if (!isMet) {
            throw new AssertionError("The daemon received a wrong " + what + ": " + where);
        }
    }
}
