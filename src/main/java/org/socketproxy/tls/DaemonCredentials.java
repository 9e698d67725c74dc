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
 * What we show to a daemon that speaks TLS, and whom we trust to be the daemon.
 *
 * @param identity null for nobody, which is enough for a daemon that does not ask
 */
public record DaemonCredentials(@Nullable Identity identity, Authorities authorities) {
    private static final String AUTHORITIES = "ca.pem";
    private static final String CERTIFICATE = "cert.pem";
    private static final String KEY = "key.pem";

    /**
     * Reads the files of a folder as docker has it: {@code ca.pem}, and {@code cert.pem} with {@code key.pem}, which may both
     * be missing.
     *
     * @throws InvalidSettingsException with what is wrong with each of them
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
        boolean isNobody = Files.notExists(certificate) && Files.notExists(key);
        try {
            identity = isNobody ? null : Identity.load(certificate, key);
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

    /** The files of such a folder, whether or not they are there. */
    static List<Path> files(Path folder) {
        return List.of(folder.resolve(AUTHORITIES), folder.resolve(CERTIFICATE), folder.resolve(KEY));
    }

    /** What TLS is spoken with. */
    public SSLContext toContext() {
        return TlsContext.ofClient(identity, authorities);
    }

    /** What is shown and who is trusted, for people; no secret. */
    String sentence() {
        String shown = identity == null
                ? "no certificate"
                : "the certificate of "
                        + identity.chain().get(0).getSubjectX500Principal().getName()
                        + ", valid until "
                        + identity.chain().get(0).getNotAfter().toInstant();
        return "the daemon is shown " + shown + "; it shows one of " + authorities.names();
    }
}
