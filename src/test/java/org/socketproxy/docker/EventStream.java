package org.socketproxy.docker;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.socketproxy.testing.RawClient;

/** A stream of events that a thread reads until it contains the event of an object with the given name. */
final class EventStream implements AutoCloseable {
    private static final int LIMIT_SECONDS = 300;

    private final RawClient client;
    private final List<String> chunks = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private EventStream(RawClient client) {
        this.client = client;
    }

    /**
     * Sends the request and waits for the head of the response.
     *
     * @param headers lines of further headers
     * @param last name of the object in the last event
     */
    static EventStream open(RawClient client, String target, String headers, String last) throws IOException {
        client.send("GET " + target + " HTTP/1.1\r\nHost: d\r\n" + headers + "\r\n");
        String head = client.readHead();
        if (!head.startsWith("HTTP/1.1 200 ")
                || !head.matches("(?s).*\r\nContent-Type: application/(?:json|x-ndjson|jsonl|json-seq)\r\n.*")) {
            throw new AssertionError(target + ": " + head);
        }
        EventStream stream = new EventStream(client);
        Thread thread = new Thread(() -> stream.read(client.input(), last), "events of " + target);
        thread.setDaemon(true);
        thread.start();
        return stream;
    }

    private void read(InputStream in, String last) {
        try {
            while (text().indexOf("\"name\":\"" + last + '"') < 0) {
                chunks.add(chunk(in));
            }
            end.complete(null);
        } catch (IOException | NumberFormatException failed) {
            end.completeExceptionally(new AssertionError(failed + " before " + last + " after " + text(), failed));
        }
    }

    private String text() {
        return String.join("", chunks);
    }

    /** Reads one chunk of the chunked transfer coding. The line break behind it can come with the next chunk. */
    private static String chunk(InputStream in) throws IOException {
        String size = line(in);
        if (size.isEmpty()) {
            size = line(in);
        }
        return new String(in.readNBytes(Integer.parseInt(size, 16)), StandardCharsets.UTF_8);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /** Waits until the stream contains a text. */
    void await(String expected) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (text().indexOf(expected) < 0) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no " + expected + " in " + text());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Waits for the last event and returns all of them. */
    List<JsonNode> events() throws Exception {
        end.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        // A record separator begins each event of application/json-seq.
        return text().lines()
                .map(line -> TargetWorld.parse(line.replaceFirst("^\u001e", "")))
                .toList();
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
