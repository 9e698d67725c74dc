package org.socketproxy.daemon;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What hinders TLS with the daemon, in words. The JDK tells much of it in texts alone. */
final class TlsFailureMessage {
    /** The name of RFC 8446 section 6. */
    private static final Pattern ALERT = Pattern.compile(".*fatal alert: (\\w+).*");

    private TlsFailureMessage() {}

    /** The sentence; or nothing, if it was not TLS that failed. */
    static Optional<String> of(Throwable failure) {
        SSLException trouble = find(failure, SSLException.class);
        return trouble == null ? Optional.empty() : Optional.of(sentence(failure, trouble));
    }

    private static String sentence(Throwable failure, SSLException trouble) {
        if (find(failure, CertificateExpiredException.class) != null) {
            return "its certificate has expired. Renew it";
        }
        if (find(failure, CertificateNotYetValidException.class) != null) {
            return "its certificate is not valid yet. Are the clocks right?";
        }
        if (isSaid(failure, "subject alternative") || isSaid(failure, "No name matching")) {
            return "its certificate is for other names. Use one of its alternative names in DOCKER_HOST, or give it this one";
        }
        if (find(failure, CertPathBuilderException.class) != null
                || find(failure, CertPathValidatorException.class) != null
                || isSaid(failure, "PKIX")) {
            return "its certificate is not signed by an authority in ca.pem. Is it the right daemon, and the right DOCKER_CERT_PATH?";
        }
        if (isSaid(failure, "fatal alert: protocol_version") || isSaid(failure, "fatal alert: handshake_failure")) {
            return "it agrees to no TLS that is spoken here. Let it speak 1.2 or 1.3";
        }
        if (isSaid(failure, "fatal alert")) {
            return "it does not take this proxy's certificate ("
                    + ALERT.matcher(said(trouble)).replaceFirst("$1")
                    + "). Put one into DOCKER_CERT_PATH, as cert.pem and key.pem, that an authority of the daemon has signed";
        }
        if (isSaid(failure, "Unsupported or unrecognized SSL message") || isSaid(failure, "plaintext connection")) {
            return "it does not speak TLS there. Use its port for TLS, or unset DOCKER_TLS_VERIFY if the network is safe";
        }
        return "no TLS came about (" + said(trouble) + "). Does it speak TLS on this port?";
    }

    private static String said(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> kind) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (kind.isInstance(cause)) {
                return kind.cast(cause);
            }
        }
        return null;
    }

    private static boolean isSaid(Throwable failure, String words) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (Daemon.says(cause, words)) {
                return true;
            }
        }
        return false;
    }
}
