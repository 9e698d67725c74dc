package org.socketproxy.listener;

import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.config.Setting;
import org.socketproxy.tls.CauseChain;
import org.socketproxy.tls.ClientTrust;

/**
 * Records the client certificate after a TLS handshake, and counts, records and logs a failed handshake with an
 * explanation.
 */
final class TlsHandshakeListener implements SslHandshakeListener {
    private static final Logger LOG = LoggerFactory.getLogger(TlsHandshakeListener.class);

    /** The name of the alert (RFC 8446 section 6) in the message of the JDK. */
    private static final Pattern ALERT = Pattern.compile("fatal alert: (\\w+)");

    private final RejectionCounter rejections;

    private final @Nullable ClientTrust clients;

    /** @param clients trust in certificates of clients, or null if clients need none */
    TlsHandshakeListener(RejectionCounter rejections, @Nullable ClientTrust clients) {
        this.rejections = rejections;
        this.clients = clients;
    }

    /**
     * Checks the certificate again, because a resumed session has one that was checked when the session began.
     *
     * @throws SSLHandshakeException if the certificate is no longer trusted; the handshake fails
     */
    @Override
    public void handshakeSucceeded(Event event) throws SSLException {
        AcceptedEndPoint endPoint = AcceptedEndPoint.of(event.getEndPoint());
        X509Certificate[] sent = certificates(event);
        if (clients == null || sent.length == 0) {
            endPoint.identify(null, null);
            return;
        }
        ClientTrust.Chain chain = clients.chain(sent);
        endPoint.identify(sent[0], chain); // before the check, so that a concurrent reload finds the chain
        try {
            chain.check(System.currentTimeMillis());
        } catch (CertificateException untrusted) {
            SSLHandshakeException failed = new SSLHandshakeException("The client's certificate is no longer trusted");
            failed.initCause(untrusted);
            report(endPoint.client(), failed); // Jetty does not report a failure that this method throws
            throw failed;
        }
    }

    /** Returns the chain that the client has sent, its certificate first; empty if the listener requests none. */
    private static X509Certificate[] certificates(Event event) {
        try {
            return Arrays.stream(event.getSSLEngine().getSession().getPeerCertificates())
                    .filter(X509Certificate.class::isInstance)
                    .toArray(X509Certificate[]::new);
        } catch (SSLPeerUnverifiedException none) {
            return new X509Certificate[0];
        }
    }

    @Override
    public void handshakeFailed(Event event, Throwable failure) {
        report(AcceptedEndPoint.of(event.getEndPoint()).client(), failure);
    }

    private void report(Client client, Throwable failure) {
        RejectionCounter.Cause cause = cause(failure);
        if (rejections.refused(cause, client, 0)) {
            LOG.warn("TLS with {} failed: {}", client.name(), explain(cause, failure));
        }
    }

    private static RejectionCounter.Cause cause(Throwable failure) {
        if (String.valueOf(failure.getMessage()).contains("Empty client certificate chain")) {
            return RejectionCounter.Cause.CERTIFICATE_MISSING;
        }
        return CauseChain.find(failure, CertificateException.class) == null
                ? RejectionCounter.Cause.HANDSHAKE
                : RejectionCounter.Cause.CERTIFICATE_REFUSED;
    }

    private static String explain(RejectionCounter.Cause cause, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (cause == RejectionCounter.Cause.CERTIFICATE_MISSING) {
            return "the client sent no certificate. Give it one that a CA in " + Setting.TLS_CLIENT_CA
                    + " has signed (docker: DOCKER_CERT_PATH with cert.pem and key.pem)";
        }
        if (cause == RejectionCounter.Cause.CERTIFICATE_REFUSED) {
            return explainCertificate(failure);
        }
        if (message.contains("Unsupported or unrecognized SSL message") || message.contains("plaintext connection")) {
            return "the client does not speak TLS. Enable TLS in it (docker: DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH), or use"
                    + " a tcp:// listener";
        }
        Matcher alert = ALERT.matcher(message);
        if (alert.find()) {
            return "the client rejected the certificate of the proxy (" + alert.group(1)
                    + "). Give it the CA that signed " + Setting.TLS_CERT
                    + ", and use a host name that the certificate contains";
        }
        if (message.contains("Client requested protocol") || message.contains("client supported protocol versions")) {
            return "the client supports neither TLS 1.2 nor 1.3. Use a newer one";
        }
        return message + ". The proxy supports TLS 1.2 and 1.3";
    }

    /** Explains why a certificate is not trusted. */
    static String explainCertificate(Throwable failure) {
        CertificateExpiredException expired = CauseChain.find(failure, CertificateExpiredException.class);
        if (expired != null) {
            return "the client's certificate has expired (" + expired.getMessage() + "). Issue a new one";
        }
        if (CauseChain.find(failure, CertificateNotYetValidException.class) != null) {
            return "the client's certificate is not valid yet. Check the clocks of both machines";
        }
        return "the client's certificate was rejected: " + root(failure).getMessage()
                + ". Give it a client certificate that a CA in " + Setting.TLS_CLIENT_CA + " has signed";
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
