package org.socketproxy.tls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;

/**
 * Client certificate and trusted CAs for a TLS connection to the daemon.
 *
 * @param identity null if the daemon requires no certificate
 * @param authorities CAs of the daemon's certificate
 */
public record DaemonCredentials(@Nullable Identity identity, Authorities authorities) {
    private static final String AUTHORITIES = "ca.pem";
    private static final String CERTIFICATE = "cert.pem";
    private static final String KEY = "key.pem";

    /**
     * Loads a folder like the docker CLI: {@code ca.pem}, and {@code cert.pem} with {@code key.pem} unless both are missing.
     *
     * @throws InvalidSettingsException with one problem for each unusable file
     */
    public static DaemonCredentials load(Path folder) throws InvalidSettingsException {
        List<Problem> problems = new ArrayList<>();
        Authorities authorities = null;
        Identity identity = null;
        try {
            authorities = Authorities.load(folder.resolve(AUTHORITIES));
        } catch (UnusableFileException unusable) {
            problems.add(problem(folder, unusable));
        }
        Path certificate = folder.resolve(CERTIFICATE);
        Path key = folder.resolve(KEY);
        boolean isAnonymous = Files.notExists(certificate) && Files.notExists(key);
        try {
            identity = isAnonymous ? null : Identity.load(certificate, key);
        } catch (UnusableFileException unusable) {
            problems.add(problem(folder, unusable));
        }
        if (authorities == null || !problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return new DaemonCredentials(identity, authorities);
    }

    private static Problem problem(Path folder, UnusableFileException unusable) {
        return new Problem(
                Setting.DOCKER_CERT_PATH.name(),
                folder.toString(),
                unusable.file().getFileName() + ": " + unusable.advice());
    }

    /** Returns the files of {@link #load}, also missing ones. */
    static List<Path> files(Path folder) {
        return List.of(folder.resolve(AUTHORITIES), folder.resolve(CERTIFICATE), folder.resolve(KEY));
    }

    public SSLContext toContext() {
        return TlsContext.ofClient(identity, authorities);
    }

    /** Returns a sentence for the log, without secrets. */
    String sentence() {
        String shown = identity == null
                ? "no certificate"
                : "the certificate of "
                        + identity.chain().get(0).getSubjectX500Principal().getName()
                        + ", valid until "
                        + identity.expiry();
        return "the proxy presents " + shown + " to the daemon; the daemon needs a certificate signed by "
                + authorities.names();
    }
}
