package org.socketproxy.daemon;

import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Unused TLS configuration for a daemon without TLS. Loading a real one would take a sixth of the startup time. */
final class NoTls extends SslContextFactory.Client {
    @Override
    protected void doStart() {
        // Loads neither key stores nor cipher suites.
    }
}
