package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS daemon that runs a test's script for each connection. */
public final class FakeTlsDaemon implements AutoCloseable {
    /** Handles one connection; the daemon closes the connection when the script returns. */
    public interface Script {
        void run(SSLSocket client) throws IOException;
    }

    private final SSLServerSocket server;

    private FakeTlsDaemon(SSLServerSocket server) {
        this.server = server;
    }

    /**
     * Starts a daemon on a port of this machine.
     *
     * @param asksForCertificate whether the daemon requires a client certificate
     */
    public static FakeTlsDaemon running(SSLContext context, boolean asksForCertificate, Script script)
            throws IOException {
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 64, InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(asksForCertificate);
        FakeTlsDaemon daemon = new FakeTlsDaemon(server);
        Thread acceptor = new Thread(() -> daemon.accept(script), "tls-daemon");
        acceptor.setDaemon(true);
        acceptor.start();
        return daemon;
    }

    private void accept(Script script) {
        try {
            while (true) {
                Socket client = server.accept();
                Thread thread = new Thread(() -> serve((SSLSocket) client, script), "tls-daemon-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // close() closed the socket
        }
    }

    private void serve(SSLSocket client, Script script) {
        try (client) {
            client.startHandshake();
            script.run(client);
        } catch (IOException ended) {
            // the test checks the client's side
        }
    }

    public int port() {
        return ((ServerSocket) server).getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
