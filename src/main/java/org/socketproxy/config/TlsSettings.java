package org.socketproxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of listeners with TLS, which are read when they start.
 *
 * @param certificate ours, and the chain behind it
 * @param key of that certificate
 * @param clientAuthorities who signs the certificates that clients have to show, or null if they need not show any
 */
public record TlsSettings(
        Path certificate, Path key, @Nullable Path clientAuthorities) {}
