package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * Tests that no bytes move between exchanges when clients reset their connections in each state while others reuse the
 * connections to the daemon. All bytes of an exchange contain its mark, so that both sides detect foreign bytes.
 */
class LateBytesTest {
    private static final int COMPLETE_CLIENTS = 3;
    private static final int COMPLETE_EXCHANGES = 400;
    private static final int RESETTING_CLIENTS = 3;
    private static final int RESETS_IN_EACH_STATE = 15;
    /** Longer than one buffer of the proxy. */
    private static final int MARKS_IN_A_BODY = 8000;

    private static final String MARK = "[%05d]";
    private static final int MARK_LENGTH = 7;
    private static final Pattern TARGET =
            Pattern.compile("^POST /(?:plugins/create\\?name=|exec/)(\\d{5})(?:/start)? HTTP/1.1\r\n");

    @TempDir
    Path folder;

    private final AtomicInteger marks = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    /** Foreign bytes that the daemon received. */
    private final Queue<String> mixed = new ConcurrentLinkedQueue<>();

    /** State of an exchange in which a client resets its connection. */
    private enum State {
        HALF_OF_THE_HEAD,
        HEAD,
        HEAD_OF_CHUNKS,
        HALF_OF_THE_BODY,
        HALF_OF_A_CHUNK,
        HEAD_THAT_EXPECTS_CONTINUE,
        BODY_AFTER_CONTINUE,
        FULL_REQUEST,
        FULL_REQUEST_AND_HALF_OF_THE_NEXT,
        RESPONSE_HEAD,
        HALF_OF_THE_RESPONSE,
        FULL_RESPONSE,
        TUNNEL_REQUEST,
        TUNNEL
    }

    @ParameterizedTest
    @EnumSource
    void resetExchangeLeaksNoBytesIntoAnother(FakeDaemon.Kind kind) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(COMPLETE_CLIENTS + RESETTING_CLIENTS);
        try (FakeDaemon daemon = FakeDaemon.running(kind, folder, this::serve);
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            List<Callable<Void>> all = new ArrayList<>();
            for (int i = 0; i < COMPLETE_CLIENTS; i++) {
                all.add(() -> exchangeInFull(proxy));
            }
            for (int i = 0; i < RESETTING_CLIENTS; i++) {
                all.add(() -> resetInEachState(proxy));
            }
            for (Future<Void> each : clients.invokeAll(all)) {
                each.get();
            }
            assertThat(mixed).isEmpty();
            assertThat(served.get()).as("exchanges in full").isGreaterThan(COMPLETE_CLIENTS * COMPLETE_EXCHANGES);
            assertThat(daemon.accepted()).as("connections are reused").isLessThan(marks.get());
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
        } finally {
            clients.shutdownNow();
        }
    }

    private int nextMark() {
        return marks.incrementAndGet();
    }

    private static String body(int mark) {
        return MARK.formatted(mark).repeat(1 + mark % 7 * MARKS_IN_A_BODY / 6);
    }

    private static String target(int mark) {
        return "POST /plugins/create?name=%05d HTTP/1.1\r\nHost: d\r\n".formatted(mark);
    }

    private static String request(int mark, boolean isChunked) {
        String body = body(mark);
        return target(mark)
                + (isChunked
                        ? "Transfer-Encoding: chunked\r\n\r\n" + chunk(body) + "0\r\n\r\n"
                        : "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static String chunk(String content) {
        return Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
    }

    /** Reads requests by their framing, and answers with the mark and the received body. */
    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            Matcher target = TARGET.matcher(head);
            if (!target.find()) {
                mixed.add("no request line: " + head);
                return;
            }
            int mark = Integer.parseInt(target.group(1));
            if (head.contains("\r\nUpgrade: tcp\r\n")) {
                peer.write(
                        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + MARK.formatted(mark));
                check(mark, readToReset(peer));
                return;
            }
            if (head.contains("\r\nExpect: 100-continue\r\n")) {
                peer.write("HTTP/1.1 100 Continue\r\n\r\n");
            }
            String body = head.contains("\r\nTransfer-Encoding: chunked\r\n")
                    ? readChunks(mark, peer)
                    : readLength(mark, head, peer);
            check(mark, body);
            if (!body.equals(body(mark))) {
                return; // The client reset its connection within the body.
            }
            served.incrementAndGet();
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Mark: " + mark + "\r\n\r\n"
                    + chunk(body.substring(0, MARK_LENGTH)));
            peer.write((body.length() == MARK_LENGTH ? "" : chunk(body.substring(MARK_LENGTH))) + "0\r\n\r\n");
        }
    }

    private String readLength(int mark, String head, FakeDaemon.Peer peer) throws IOException {
        int length = Integer.parseInt(head.replaceFirst("(?s).*\r\nContent-Length: (\\d+)\r\n.*", "$1"));
        if (length != body(mark).length()) {
            mixed.add("another length: " + head);
        }
        return peer.read(length);
    }

    private String readChunks(int mark, FakeDaemon.Peer peer) throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            StringBuilder size = new StringBuilder();
            while (!size.toString().endsWith("\r\n")) {
                String next = peer.read(1);
                if (next.isEmpty()) {
                    return body.toString();
                }
                size.append(next);
            }
            if (!size.toString().matches("[0-9A-Fa-f]+\r\n")) {
                mixed.add("no chunk of " + mark + ": " + size);
                return body.toString();
            }
            int length = Integer.parseInt(size.toString().strip(), 16);
            String content = peer.read(length);
            body.append(content);
            if (content.length() < length || peer.read(2).isEmpty() || length == 0) {
                return body.toString();
            }
        }
    }

    private static String readToReset(FakeDaemon.Peer peer) {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            peer.input().transferTo(read);
        } catch (IOException reset) {
            // Only the bytes before the reset are checked.
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    /** Checks that a body, also a truncated one, contains only the mark. */
    private void check(int mark, String body) {
        String whole = MARK.formatted(mark).repeat(body.length() / MARK_LENGTH + 1);
        if (!whole.startsWith(body)) {
            mixed.add("body of " + mark + ": " + body.substring(0, Math.min(100, body.length())));
        }
    }

    /** Sends all requests on one connection, as most clients do. */
    private Void exchangeInFull(ProxyUnderTest proxy) throws IOException {
        try (RawClient client = proxy.connect()) {
            for (int i = 0; i < COMPLETE_EXCHANGES; i++) {
                int mark = nextMark();
                client.send(request(mark, i % 2 == 0));
                RawResponse answer = client.readAnswer("POST");
                assertThat(answer.isWhole()).as("answer " + mark).isTrue();
                assertThat(answer.body()).as("exchange " + mark).isEqualTo(body(mark));
            }
        }
        return null;
    }

    private Void resetInEachState(ProxyUnderTest proxy) throws IOException {
        for (int i = 0; i < RESETS_IN_EACH_STATE; i++) {
            for (State state : State.values()) {
                RawClient client = proxy.connect();
                try {
                    go(client, state, nextMark());
                } finally {
                    client.reset();
                }
            }
        }
        return null;
    }

    private static void go(RawClient client, State state, int mark) throws IOException {
        String whole = request(mark, false);
        String chunked = request(mark, true);
        String head = whole.substring(0, whole.indexOf("\r\n\r\n") + 4);
        String exec =
                "POST /exec/%05d/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
                        .formatted(mark);
        String expecting = head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        switch (state) {
            case HALF_OF_THE_HEAD -> client.send(whole.substring(0, 30));
            case HEAD -> client.send(head);
            case HEAD_OF_CHUNKS -> client.send(chunked.substring(0, chunked.indexOf("\r\n\r\n") + 4));
            case HALF_OF_THE_BODY -> client.send(whole.substring(0, (whole.length() + head.length()) / 2));
            case HALF_OF_A_CHUNK -> client.send(chunked.substring(0, (chunked.length() + head.length()) / 2));
            case HEAD_THAT_EXPECTS_CONTINUE -> client.send(expecting);
            case BODY_AFTER_CONTINUE -> {
                client.send(expecting);
                client.readHead();
                client.send(body(mark).substring(0, 4));
            }
            case FULL_REQUEST -> client.send(whole);
            case FULL_REQUEST_AND_HALF_OF_THE_NEXT -> client.send(whole + whole.substring(0, whole.length() - 3));
            case RESPONSE_HEAD -> client.send(chunked).readHead();
            case HALF_OF_THE_RESPONSE -> {
                client.send(whole).readHead();
                client.read(MARK_LENGTH);
            }
            case FULL_RESPONSE -> client.send(whole).readAnswer("POST");
            case TUNNEL_REQUEST -> client.send(exec);
            case TUNNEL -> {
                client.send(exec).readHead();
                client.send(body(mark));
            }
        }
    }
}
