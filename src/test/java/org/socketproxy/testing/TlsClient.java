package org.socketproxy.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.UnusableFileException;

/** Opens TLS connections with a chosen client certificate and server name. */
public final class TlsClient {
    private final SSLContext context;
    private final String serverName;
    private final String[] applicationProtocols;

    private TlsClient(SSLContext context, String serverName, String... applicationProtocols) {
        this.context = context;
        this.serverName = serverName;
        this.applicationProtocols = applicationProtocols;
    }

    /**
     * Creates a client that sends its certificate even if the server does not accept its authority.
     *
     * @param name name of the client certificate, or null for none
     */
    public static TlsClient showing(Certificates files, String name, String trusted) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(Authorities.load(files.file(trusted + ".pem")).toKeyStore());
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] keys =
                    name == null ? new KeyManager[0] : new KeyManager[] {FixedKeyManager.showing(files.keyStore(name))};
            context.init(keys, trust.getTrustManagers(), null);
            return new TlsClient(context, "");
        } catch (GeneralSecurityException | IOException | UnusableFileException wrong) {
            throw new IllegalStateException(wrong);
        }
    }

    /** Returns a client that sends a server name (SNI, RFC 6066 section 3). */
    public TlsClient calling(String server) {
        return new TlsClient(context, server);
    }

    /** Returns a client that offers protocols by ALPN (RFC 7301), such as {@code h2}. */
    public TlsClient speaking(String... protocols) {
        return new TlsClient(context, serverName, protocols);
    }

    /** Connects and completes the handshake; a TLS 1.3 server may still reject the client certificate afterwards. */
    public SSLSocket socket(int port, String... protocols) throws IOException {
        Socket line = new Socket(InetAddress.getLoopbackAddress(), port);
        line.setSoTimeout(300_000);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(line, "127.0.0.1", port, true);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        if (!serverName.isEmpty()) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(serverName)));
            socket.setSSLParameters(parameters);
        }
        SSLParameters offered = socket.getSSLParameters();
        offered.setApplicationProtocols(applicationProtocols);
        socket.setSSLParameters(offered);
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

    /** Key manager that always selects its certificate, independent of the authorities that the server accepts. */
    private static final class FixedKeyManager extends X509ExtendedKeyManager {
        private static final String ALIAS = "shown";

        private final X509Certificate[] chain;
        private final PrivateKey key;

        private FixedKeyManager(X509Certificate[] chain, PrivateKey key) {
            this.chain = chain;
            this.key = key;
        }

        static FixedKeyManager showing(KeyStore store) throws GeneralSecurityException {
            String alias = store.aliases().nextElement();
            X509Certificate own = (X509Certificate) Objects.requireNonNull(store.getCertificate(alias));
            return new FixedKeyManager(
                    new X509Certificate[] {own}, (PrivateKey) store.getKey(alias, Certificates.PASSWORD.toCharArray()));
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return ALIAS;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain;
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return key;
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }
    }
}
