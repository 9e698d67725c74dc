package org.socketproxy.daemon;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.socketproxy.tls.CauseChain;

/**
 * Explains a failed TLS connection to the daemon. The JDK distinguishes many causes only by the text of the exception.
 */
final class TlsFailureMessage {
    /** The name of the alert in RFC 8446 section 6. */
    private static final Pattern ALERT = Pattern.compile(".*fatal alert: (\\w+).*");

    private TlsFailureMessage() {}

    /** Returns the explanation, or empty if the failure has no {@link SSLException} as a cause. */
    static Optional<String> of(Throwable failure) {
        SSLException tlsFailure = CauseChain.find(failure, SSLException.class);
        return tlsFailure == null ? Optional.empty() : Optional.of(sentence(failure, tlsFailure));
    }

    private static String sentence(Throwable failure, SSLException tlsFailure) {
        if (CauseChain.find(failure, CertificateExpiredException.class) != null) {
            return "its certificate has expired. Renew it";
        }
        if (CauseChain.find(failure, CertificateNotYetValidException.class) != null) {
            return "its certificate is not valid yet. Are the clocks right?";
        }
        if (anyCauseHasMessage(failure, "subject alternative") || anyCauseHasMessage(failure, "No name matching")) {
            return "its certificate does not contain this host name. Use one of its subject alternative names in DOCKER_HOST,"
                    + " or issue a certificate with this name";
        }
        if (CauseChain.find(failure, CertPathBuilderException.class) != null
                || CauseChain.find(failure, CertPathValidatorException.class) != null
                || anyCauseHasMessage(failure, "PKIX")) {
            return "its certificate is not signed by an authority in ca.pem. Is it the right daemon, and the right DOCKER_CERT_PATH?";
        }
        if (anyCauseHasMessage(failure, "fatal alert: protocol_version")
                || anyCauseHasMessage(failure, "fatal alert: handshake_failure")) {
            return "it supports no TLS version or cipher suite of this proxy. Enable TLS 1.2 or 1.3 on the daemon";
        }
        if (anyCauseHasMessage(failure, "fatal alert")) {
            return "it rejected this proxy's certificate ("
                    + ALERT.matcher(message(tlsFailure)).replaceFirst("$1")
                    + "). Put one that a CA of the daemon has signed into DOCKER_CERT_PATH, as cert.pem and key.pem";
        }
        if (anyCauseHasMessage(failure, "Unsupported or unrecognized SSL message")
                || anyCauseHasMessage(failure, "plaintext connection")) {
            return "it does not speak TLS on this port. Use its TLS port, or unset DOCKER_TLS_VERIFY if the network is safe";
        }
        return "the TLS handshake failed (" + message(tlsFailure) + "). Does it speak TLS on this port?";
    }

    private static String message(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }

    private static boolean anyCauseHasMessage(Throwable failure, String part) {
        return CauseChain.any(failure, cause -> Daemon.hasMessage(cause, part));
    }
}
