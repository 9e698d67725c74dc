package org.socketproxy.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.proxy.Daemon;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.Identity;
import org.socketproxy.tls.TlsContext;
import org.socketproxy.tls.UnusableFileException;

/** Makes a daemon of its address, and of the folder of certificates if it has one. */
final class Daemons {
    private Daemons() {}

    /**
     * The daemon, which need not be there.
     *
     * @throws InvalidSettingsException if a certificate or key cannot be used
     */
    static Daemon of(DaemonAddress address) throws InvalidSettingsException {
        if (address instanceof DaemonAddress.Unix unix) {
            return Daemon.at(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) address;
        Path certificates = tcp.certificates();
        return certificates == null
                ? Daemon.at(tcp.host(), tcp.port())
                : Daemon.at(tcp.host(), tcp.port(), context(certificates));
    }

    /**
     * Whom we trust by {@code ca.pem}, and who we are by {@code cert.pem} and {@code key.pem}. Without these two we are
     * nobody, which is enough for a daemon that does not ask.
     */
    private static SSLContext context(Path folder) throws InvalidSettingsException {
        try {
            Authorities authorities = Authorities.load(folder.resolve("ca.pem"));
            Path certificate = folder.resolve("cert.pem");
            Path key = folder.resolve("key.pem");
            boolean isNobody = Files.notExists(certificate) && Files.notExists(key);
            return TlsContext.ofClient(isNobody ? null : Identity.load(certificate, key), authorities);
        } catch (UnusableFileException unusable) {
            throw new InvalidSettingsException(List.of(new Problem(
                    Setting.DOCKER_CERT_PATH.name(),
                    folder.toString(),
                    unusable.file().getFileName() + ": " + unusable.advice())));
        }
    }
}
