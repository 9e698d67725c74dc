package org.socketproxy.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jdk.net.ExtendedSocketOptions;
import org.socketproxy.client.UnixPeer;

/** Program that answers each connection to a Unix socket with the user id and group id of the client. */
public final class PeerPrinter {
    private PeerPrinter() {}

    /**
     * Runs until it is ended.
     *
     * @param arguments the path of the socket
     */
    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[0]);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            System.out.print("ready\n");
            System.out.flush();
            while (true) {
                try (SocketChannel client = server.accept()) {
                    UnixPeer peer = UnixPeer.of(client.getOption(ExtendedSocketOptions.SO_PEERCRED));
                    String body = peer.uid() + " " + peer.gid() + "\n";
                    client.read(ByteBuffer.allocate(1000));
                    client.write(
                            ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                    .getBytes(StandardCharsets.US_ASCII)));
                }
            }
        }
    }
}
