package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.Identity;
import org.socketproxy.tls.UnusableFileException;

/** Connects as somebody, over TLS. */
public final class TlsClient {
    private final SSLContext context;

    private TlsClient(SSLContext context) {
        this.context = context;
    }

    /**
     * A client with a certificate of its own, or without one.
     *
     * @param name of the certificate that is shown, or null to show none
     */
    public static TlsClient showing(Certificates files, String name, String trusted) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(Authorities.load(files.file(trusted + ".pem")).toKeyStore());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(name == null ? null : keys(files, name), trust.getTrustManagers(), null);
            return new TlsClient(context);
        } catch (GeneralSecurityException | UnusableFileException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    private static KeyManager[] keys(Certificates files, String name)
            throws GeneralSecurityException, UnusableFileException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(
                Identity.load(files.file(name + ".pem"), files.file(name + "-key.pem"))
                        .toKeyStore(),
                Identity.PASSWORD.toCharArray());
        return keys.getKeyManagers();
    }

    /** With TLS begun and, where it is 1.2, agreed on; in 1.3 the server may still refuse. */
    public SSLSocket socket(int port, String... protocols) throws IOException {
        Socket line = new Socket(InetAddress.getLoopbackAddress(), port);
        line.setSoTimeout(20_000);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(line, "localhost", port, true);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        try {
            socket.startHandshake();
            return socket;
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    public RawClient connect(int port, String... protocols) throws IOException {
        return RawClient.over(socket(port, protocols));
    }
}
