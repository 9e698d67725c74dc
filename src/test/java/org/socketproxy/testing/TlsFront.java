package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A daemon behind TLS that does byte for byte what a test tells it. */
public final class TlsFront implements AutoCloseable {
    /** What the daemon does with one connection, until it returns. */
    public interface Script {
        void run(SSLSocket client) throws IOException;
    }

    private final SSLServerSocket server;

    private TlsFront(SSLServerSocket server) {
        this.server = server;
    }

    /**
     * A daemon on a port of this machine.
     *
     * @param asksForCertificate whether a client without one is turned away
     */
    public static TlsFront running(SSLContext context, boolean asksForCertificate, Script script) throws IOException {
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 64, InetAddress.getLoopbackAddress());
        server.setNeedClientAuth(asksForCertificate);
        TlsFront front = new TlsFront(server);
        Thread acceptor = new Thread(() -> front.accept(script), "tls-daemon");
        acceptor.setDaemon(true);
        acceptor.start();
        return front;
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
            // the test is over
        }
    }

    private void serve(SSLSocket client, Script script) {
        try (client) {
            client.startHandshake();
            script.run(client);
        } catch (IOException ended) {
            // The client sees it too, and the test looks at the client.
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
