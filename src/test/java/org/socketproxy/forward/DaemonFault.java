package org.socketproxy.forward;

import java.util.stream.Stream;
import org.socketproxy.testing.FakeDaemon;

/**
 * One fault of a daemon and the response that the client must receive.
 *
 * @param what description of the fault
 * @param request request of the client
 * @param script behaviour of the daemon
 * @param isClosing whether the daemon closes the connection afterwards
 * @param seen response in the form of {@link org.socketproxy.testing.RawResponse#toString}
 */
record DaemonFault(String what, String request, FakeDaemon.Script script, boolean isClosing, String seen) {
    static final String NO_HTTP = "502 it closed the connection or did not speak HTTP";
    private static final String CUT = "200, then cut";

    private static final String GET = "GET /info HTTP/1.1\r\nHost: d\r\n\r\n";
    private static final String HEAD = "HEAD /containers/x/archive HTTP/1.1\r\nHost: d\r\n\r\n";
    private static final String EXEC =
            "POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n";
    private static final String EXPECT = "PUT /containers/x/archive HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String FORGED = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String HINTS = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final int TEN_MB = 10_000_000;
    private static final int SLOWNESS_MILLIS = 1;

    static Stream<DaemonFault> all() {
        return Stream.of(early(), unreadable(), wrongLength(), tooMuch(), interim(), upgrades())
                .flatMap(faults -> faults);
    }

    private static Stream<DaemonFault> early() {
        return Stream.of(
                closing("closes before the head", GET, "", NO_HTTP),
                closing("closes in the status line", GET, "HTTP/1.1 20", NO_HTTP),
                closing("closes in the head", GET, "HTTP/1.1 200 OK\r\nContent-Le", NO_HTTP),
                closing("closes after the head", GET, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", NO_HTTP),
                closing("closes in a body with a length", GET, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CUT),
                closing("closes in the size of a chunk", GET, CHUNKED + "5", CUT),
                closing("closes in a chunk", GET, CHUNKED + "5\r\nab", CUT),
                closing("closes without the last chunk", GET, CHUNKED + "3\r\nabc\r\n", CUT),
                closing("closes in a trailer", GET, CHUNKED + "3\r\nabc\r\n0\r\nX: y", CUT),
                closing(
                        "ends a body without a length by closing, as HTTP has it",
                        GET,
                        "HTTP/1.1 200 OK\r\n\r\nabc",
                        "200 abc"),
                closing("closes instead of 100 Continue", EXPECT, "", NO_HTTP),
                closing(
                        "refuses a body that was not sent yet",
                        EXPECT,
                        "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
                        "404 no"),
                keeping(
                        "refuses a body that was not sent yet, and keeps the connection",
                        EXPECT,
                        OK.replace("200", "404"),
                        "404 OK"),
                keeping(
                        "answers in chunks before the body is sent",
                        EXPECT,
                        CHUNKED + "2\r\nno\r\n0\r\n\r\n",
                        "200 no"),
                closing("does so and closes in a chunk", EXPECT, CHUNKED + "5\r\nab", CUT),
                keeping("answers 204 before the body is sent", EXPECT, "HTTP/1.1 204 No Content\r\n\r\n", "204"),
                new DaemonFault("answers a byte every millisecond", GET, DaemonFault::writeSlowly, false, "200 OK"));
    }

    private static void writeSlowly(FakeDaemon.Peer peer) throws java.io.IOException {
        for (int i = 0; i < OK.length(); i++) {
            peer.write(OK.substring(i, i + 1));
            try {
                Thread.sleep(SLOWNESS_MILLIS);
            } catch (InterruptedException stopped) {
                throw new java.io.IOException(stopped);
            }
        }
    }

    private static Stream<DaemonFault> unreadable() {
        return Stream.of(
                keeping("answers garbage", GET, "\0\1\2\377\376 garbage\r\n\r\n", NO_HTTP),
                keeping("answers a megabyte without a line end", GET, "x".repeat(1_000_000), NO_HTTP),
                keeping("speaks SSH", GET, "SSH-2.0-OpenSSH_9.2\r\n", NO_HTTP),
                closing("answers a TLS alert", GET, "\25\3\1\0\2\2\26", NO_HTTP),
                keeping("answers with status 2000", GET, OK.replace("200", "2000"), NO_HTTP),
                keeping("answers with status 99", GET, OK.replace("200", "099"), NO_HTTP),
                keeping("a header without a colon", GET, OK.replace("\r\nC", "\r\nX\r\nC"), NO_HTTP),
                keeping("a space before a colon", GET, OK.replace("\r\nC", "\r\nX : y\r\nC"), NO_HTTP),
                keeping("a folded header", GET, OK.replace("\r\nC", "\r\nX: y\r\n z\r\nC"), NO_HTTP),
                keeping("a CR in a header", GET, OK.replace("\r\nC", "\r\nX: y\rz\r\nC"), NO_HTTP),
                keeping("a NUL in a header", GET, OK.replace("\r\nC", "\r\nX: y\0z\r\nC"), NO_HTTP),
                keeping("10 MB of headers", GET, "HTTP/1.1 200 OK\r\n" + "X: 45678\r\n".repeat(TEN_MB / 10), NO_HTTP),
                keeping("one header of 10 MB", GET, "HTTP/1.1 200 OK\r\nX: " + "a".repeat(TEN_MB), NO_HTTP),
                keeping(
                        "a head of 100 KB",
                        GET,
                        OK.replace("\r\nC", "\r\nX: " + "a".repeat(100_000) + "\r\nC"),
                        NO_HTTP));
    }

    private static Stream<DaemonFault> wrongLength() {
        return Stream.of(
                keeping("two equal lengths", GET, OK.replace("\r\nC", "\r\nContent-Length: 2\r\nC"), NO_HTTP),
                keeping("two different lengths", GET, OK.replace("\r\nC", "\r\nContent-Length: 3\r\nC"), NO_HTTP),
                keeping("a list of lengths", GET, OK.replace(": 2", ": 2, 2"), NO_HTTP),
                keeping("a negative length", GET, OK.replace(": 2", ": -2"), NO_HTTP),
                keeping("a length that is no number", GET, OK.replace(": 2", ": 0x2"), NO_HTTP),
                keeping("a length over 63 bits", GET, OK.replace(": 2", ": 99999999999999999999"), NO_HTTP),
                keeping(
                        "a length and chunks",
                        GET,
                        CHUNKED.replace("\r\nT", "\r\nContent-Length: 2\r\nT") + "2\r\nOK\r\n0\r\n\r\n",
                        NO_HTTP),
                keeping("chunked twice", GET, CHUNKED.replace("\r\nT", "\r\nTransfer-Encoding: chunked\r\nT"), NO_HTTP),
                keeping("a chunk size that is no number", GET, CHUNKED + "zz\r\nOK\r\n0\r\n\r\n", CUT),
                keeping("a chunk size over 63 bits", GET, CHUNKED + "fffffffffffffff2\r\nOK\r\n0\r\n\r\n", CUT),
                keeping("a chunk longer than it says", GET, CHUNKED + "2\r\nOKabc\r\n0\r\n\r\n", CUT),
                keeping(
                        "10 MB behind a chunk's size",
                        GET,
                        CHUNKED + "2;" + "a".repeat(TEN_MB) + "\r\nOK\r\n0\r\n\r\n",
                        CUT),
                keeping(
                        "10 MB of trailers",
                        GET,
                        CHUNKED + "2\r\nOK\r\n0\r\n" + "X: 45678\r\n".repeat(TEN_MB / 10) + "\r\n",
                        CUT));
    }

    private static Stream<DaemonFault> tooMuch() {
        return Stream.of(
                keeping("more bytes than the length says", GET, OK + "more", "200 OK"),
                keeping("a second answer", GET, OK + FORGED, "200 OK"),
                keeping("a second answer behind chunks", GET, CHUNKED + "2\r\nOK\r\n0\r\n\r\n" + FORGED, "200 OK"),
                // More than one read: the next exchange must not receive the rest.
                keeping("a hundred thousand answers", GET, OK + FORGED.repeat(100_000), "200 OK"),
                keeping("a body to HEAD", HEAD, OK, "200"),
                keeping("a second answer as the body to HEAD", HEAD, OK.replace("OK", FORGED), "200"),
                keeping("204 with a body", GET, "HTTP/1.1 204 No Content\r\n\r\n" + FORGED, "204"),
                keeping("204 with a length and a body", GET, OK.replace("200", "204"), "204"),
                keeping("204 with chunks", GET, CHUNKED.replace("200", "204") + "2\r\nOK\r\n0\r\n\r\n", "204"),
                keeping("304 with a length and a body", GET, OK.replace("200", "304"), "304"));
    }

    private static Stream<DaemonFault> interim() {
        return Stream.of(
                keeping("100 unasked, three times", GET, "HTTP/1.1 100 Continue\r\n\r\n".repeat(3) + OK, "200 OK"),
                keeping("102 before the answer", GET, "HTTP/1.1 102 Processing\r\n\r\n" + OK, "200 OK"),
                keeping("103 before the answer", GET, HINTS + OK, "200 OK"),
                keeping("ten thousand times 103", GET, HINTS.repeat(10_000) + OK, "200 OK"),
                keeping("199 before the answer", GET, "HTTP/1.1 199 Odd\r\n\r\n" + OK, "200 OK"),
                closing(
                        "103 instead of 100 Continue, then a refusal",
                        EXPECT,
                        HINTS + OK.replace("200", "404"),
                        "404 OK"),
                closing("closes after 100", GET, "HTTP/1.1 100 Continue\r\n\r\n", NO_HTTP),
                closing("closes after 103", GET, HINTS, NO_HTTP));
    }

    private static Stream<DaemonFault> upgrades() {
        return Stream.of(
                keeping("101 without a request for it", GET, UPGRADED + FORGED, NO_HTTP),
                closing("101 and closes at once", EXEC, UPGRADED, "101, then the end"),
                closing("101, some bytes, and closes", EXEC, UPGRADED + "raw", "101 raw, then the end"),
                keeping("an error instead of 101", EXEC, OK.replace("200", "404"), "404 OK"));
    }

    private static DaemonFault closing(String what, String request, String answer, String seen) {
        return new DaemonFault(what, request, peer -> peer.write(answer), true, seen);
    }

    private static DaemonFault keeping(String what, String request, String answer, String seen) {
        return new DaemonFault(what, request, peer -> peer.write(answer), false, seen);
    }

    String method() {
        return request.substring(0, request.indexOf(' '));
    }

    /** Returns whether the client sends its next request before it has the response. */
    boolean isPipelined(int turn) {
        return turn % 2 == 1 && !request.equals(EXPECT) && !request.equals(EXEC);
    }
}
