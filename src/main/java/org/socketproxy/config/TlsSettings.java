package org.socketproxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * PEM files of the TLS listeners.
 *
 * @param certificate file with the server certificate, followed by its chain
 * @param key file with the private key of the certificate
 * @param clientAuthorities file with the CAs that sign client certificates, or null if clients need no certificate
 */
public record TlsSettings(
        Path certificate, Path key, @Nullable Path clientAuthorities) {}
