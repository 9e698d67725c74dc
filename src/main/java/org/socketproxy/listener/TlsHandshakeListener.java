package org.socketproxy.listener;

import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.config.Setting;

/**
 * Sees how TLS begins on a listener: takes down whose certificate a client shows, and of a client that comes no further
 * than that, says why.
 */
final class TlsHandshakeListener implements SslHandshakeListener {
    private static final Logger LOG = LoggerFactory.getLogger(TlsHandshakeListener.class);

    /** The name of RFC 8446 section 6, in the JDK's text. */
    private static final Pattern ALERT = Pattern.compile("fatal alert: (\\w+)");

    private final RejectionCounter refusals;

    TlsHandshakeListener(RejectionCounter refusals) {
        this.refusals = refusals;
    }

    @Override
    public void handshakeSucceeded(Event event) {
        try {
            Certificate[] shown = event.getSSLEngine().getSession().getPeerCertificates();
            if (shown.length > 0 && shown[0] instanceof X509Certificate certificate) {
                AcceptedEndPoint.below(event.getEndPoint()).shows(certificate);
            }
        } catch (SSLPeerUnverifiedException none) {
            // It was not asked for one.
        }
    }

    @Override
    public void handshakeFailed(Event event, Throwable failure) {
        Client client = AcceptedEndPoint.below(event.getEndPoint()).client();
        RejectionCounter.Cause cause = cause(failure);
        if (refusals.refused(cause, client, 0)) {
            LOG.warn("TLS with {} failed: {}", client.name(), sentence(cause, failure));
        }
    }

    private static RejectionCounter.Cause cause(Throwable failure) {
        if (String.valueOf(failure.getMessage()).contains("Empty client certificate chain")) {
            return RejectionCounter.Cause.CERTIFICATE_MISSING;
        }
        return find(failure, CertificateException.class) == null
                ? RejectionCounter.Cause.HANDSHAKE
                : RejectionCounter.Cause.CERTIFICATE_REFUSED;
    }

    private static String sentence(RejectionCounter.Cause cause, Throwable failure) {
        String words = String.valueOf(failure.getMessage());
        if (cause == RejectionCounter.Cause.CERTIFICATE_MISSING) {
            return "the client shows no certificate. Give it one that an authority in " + Setting.TLS_CLIENT_CA
                    + " has signed (docker: DOCKER_CERT_PATH with cert.pem and key.pem)";
        }
        if (cause == RejectionCounter.Cause.CERTIFICATE_REFUSED) {
            return refused(failure);
        }
        if (words.contains("Unsupported or unrecognized SSL message") || words.contains("plaintext connection")) {
            return "the client does not speak TLS. Let it, such as by DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or give it a"
                    + " tcp:// address";
        }
        Matcher alert = ALERT.matcher(words);
        if (alert.find()) {
            return "the client refuses our certificate (" + alert.group(1) + "). Give it the authority that signed "
                    + Setting.TLS_CERT + ", and call the proxy by a name that the certificate has";
        }
        if (words.contains("Client requested protocol") || words.contains("client supported protocol versions")) {
            return "the client speaks neither TLS 1.2 nor 1.3. Use a newer one";
        }
        return words + ". TLS 1.2 and 1.3 are spoken";
    }

    private static String refused(Throwable failure) {
        CertificateExpiredException expired = find(failure, CertificateExpiredException.class);
        if (expired != null) {
            return "the client's certificate has expired (" + expired.getMessage() + "). Make it a new one";
        }
        if (find(failure, CertificateNotYetValidException.class) != null) {
            return "the client's certificate is not valid yet. Set the clocks of both machines";
        }
        return "the client's certificate is not accepted: " + root(failure).getMessage()
                + ". Give it one for clients that an" + " authority in " + Setting.TLS_CLIENT_CA + " has signed";
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
