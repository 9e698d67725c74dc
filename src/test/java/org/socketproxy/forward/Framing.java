package org.socketproxy.forward;

import java.io.IOException;
import org.socketproxy.testing.FakeDaemon;

/** How the daemon sends a body. */
enum Framing {
    LENGTH,
    CHUNKED,
    CHUNK_PER_BYTE,
    WRITE_PER_BYTE,
    CLOSE;

    void write(FakeDaemon.Peer peer, String headers, String body) throws IOException {
        String head = "HTTP/1.1 200 OK\r\n" + headers;
        switch (this) {
            case LENGTH -> peer.write(head + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            case CHUNKED ->
                peer.write(head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n"
                        + body + "\r\n0\r\nX-Trailer: 1\r\n\r\n");
            case CHUNK_PER_BYTE -> {
                peer.write(head + "Transfer-Encoding: chunked\r\n\r\n");
                for (String c : body.split("")) {
                    peer.write("1\r\n" + c + "\r\n");
                }
                peer.write("0\r\n\r\n");
            }
            case WRITE_PER_BYTE -> {
                peer.write(head + "Content-Length: " + body.length() + "\r\n\r\n");
                for (String c : body.split("")) {
                    peer.write(c);
                }
            }
            case CLOSE -> peer.write(head + "Connection: close\r\n\r\n" + body);
        }
    }
}
