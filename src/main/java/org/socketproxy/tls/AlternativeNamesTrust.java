package org.socketproxy.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust manager that also requires a subject alternative name of type DNS or IP in a server's certificate. Without one,
 * the JDK falls back to the common name (RFC 6125 section 6.4.4); Docker's client does not.
 *
 * <p>Security: the check runs during the handshake, before the proxy has sent application data.
 */
final class AlternativeNamesTrust extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2; // RFC 5280 section 4.2.1.6
    private static final int IP_ADDRESS = 7;

    private final X509ExtendedTrustManager trust;

    AlternativeNamesTrust(X509ExtendedTrustManager trust) {
        this.trust = trust;
    }

    private static void check(X509Certificate[] chain) throws CertificateException {
        Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
        boolean isNamed = names != null
                && names.stream()
                        .anyMatch(name ->
                                name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS));
        if (!isNamed) {
            throw new CertificateException("No subject alternative name of type DNS or IP address");
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        trust.checkServerTrusted(chain, type, engine);
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        trust.checkServerTrusted(chain, type, socket);
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        trust.checkServerTrusted(chain, type);
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        trust.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        trust.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        trust.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
