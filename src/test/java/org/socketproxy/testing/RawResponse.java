package org.socketproxy.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A response read by the framing of RFC 9112 section 6.3.
 *
 * @param status status code of the final response, or 0 if the connection ended before the end of its head
 * @param interim status codes of the preceding 1xx responses
 * @param isWhole whether the body is complete
 */
public record RawResponse(int status, List<Integer> interim, String head, String body, boolean isWhole) {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3})( .*)?\r\n");
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final Pattern CHUNKED = Pattern.compile("(?i)\r\nTransfer-Encoding: chunked\r\n");
    private static final Pattern MESSAGE = Pattern.compile("\\{\"message\":\"socket-proxy: (.*)\"}\n");

    /** Reads one response and no byte after it. */
    static RawResponse read(InputStream in, String method) throws IOException {
        List<Integer> interim = new java.util.ArrayList<>();
        while (true) {
            String head;
            try {
                head = FakeDaemon.Wire.readHead(in);
            } catch (java.io.UncheckedIOException cut) {
                return new RawResponse(0, interim, String.valueOf(cut.getCause().getMessage()), "", false);
            }
            if (head == null) {
                return new RawResponse(0, interim, "", "", false);
            }
            Matcher matcher = STATUS.matcher(head);
            if (!matcher.lookingAt()) {
                throw new AssertionError("Not an HTTP/1.1 response head: " + head);
            }
            int status = Integer.parseInt(matcher.group(1));
            if (status >= 200 || status == 101) {
                boolean hasNoBody = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
                return hasNoBody ? new RawResponse(status, interim, head, "", true) : body(in, status, interim, head);
            }
            interim.add(status);
        }
    }

    private static RawResponse body(InputStream in, int status, List<Integer> interim, String head) throws IOException {
        StringBuilder body = new StringBuilder();
        Matcher length = LENGTH.matcher(head);
        boolean isWhole = true;
        try {
            if (CHUNKED.matcher(head).find()) {
                for (int size = size(line(in)); size > 0; size = size(line(in))) {
                    take(in, size, body);
                    line(in);
                }
                line(in);
            } else if (length.find()) {
                take(in, Integer.parseInt(length.group(1)), body);
            } else {
                body.append(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        } catch (EOFException cut) {
            isWhole = false;
        }
        return new RawResponse(status, interim, head, body.toString(), isWhole);
    }

    private static int size(String line) {
        return Integer.parseInt(line, 16);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < 2 || !line.substring(line.length() - 2).equals("\r\n")) {
            take(in, 1, line);
        }
        return line.substring(0, line.length() - 2);
    }

    private static void take(InputStream in, int count, StringBuilder into) throws IOException {
        byte[] bytes = in.readNBytes(count);
        into.append(new String(bytes, StandardCharsets.ISO_8859_1));
        if (bytes.length < count) {
            throw new EOFException();
        }
    }

    /** Short form: {@code 502 this socket does not exist}, {@code 200 {}}, {@code 200, then cut}, {@code cut}. */
    @Override
    public String toString() {
        Matcher message = MESSAGE.matcher(body);
        String said = message.matches() ? message.group(1) : body.length() > 40 ? body.length() + " bytes" : body;
        if (status == 0) {
            return "cut";
        }
        return (interim.isEmpty() ? "" : interim + " ")
                + status
                + (isWhole ? " " + said : ", then cut").stripTrailing();
    }
}
