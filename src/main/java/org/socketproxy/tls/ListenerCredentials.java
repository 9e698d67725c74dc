package org.socketproxy.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;

/**
 * Server certificate and trusted client CAs of the TLS listeners.
 *
 * @param clients CAs of client certificates, or null if clients need none
 */
public record ListenerCredentials(
        Identity identity, @Nullable Authorities clients) {
    /**
     * Loads the files of the settings.
     *
     * @throws InvalidSettingsException with one problem for each unusable file
     */
    public static ListenerCredentials load(Settings.Tls settings) throws InvalidSettingsException {
        List<Problem> problems = new ArrayList<>();
        Identity identity = null;
        Authorities clients = null;
        try {
            identity = Identity.load(settings.certificate(), settings.key());
        } catch (UnusableFileException unusable) {
            boolean isKey =
                    unusable.file().equals(settings.key()) && !settings.key().equals(settings.certificate());
            problems.add(problem(isKey ? Setting.TLS_KEY : Setting.TLS_CERT, unusable));
        }
        Path authorities = settings.clientAuthorities();
        if (authorities != null) {
            try {
                clients = Authorities.load(authorities);
            } catch (UnusableFileException unusable) {
                problems.add(problem(Setting.TLS_CLIENT_CA, unusable));
            }
        }
        if (identity == null || !problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return new ListenerCredentials(identity, clients);
    }

    private static Problem problem(Setting setting, UnusableFileException unusable) {
        return new Problem(setting.name(), unusable.file().toString(), unusable.advice());
    }

    public SSLContext toContext() {
        return TlsContext.ofServer(identity, clients);
    }

    /** Returns a sentence for the log, without secrets. */
    String sentence() {
        String shown = "the certificate of tls:// addresses is that of "
                + identity.chain().get(0).getSubjectX500Principal().getName() + ", valid until "
                + identity.expiry();
        return clients == null ? shown : shown + "; clients need a certificate signed by " + clients.names();
    }
}
