package org.socketproxy.daemon;

import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS that is never used, to a daemon that speaks none: loading it would be a sixth of the time to start. */
final class NoTls extends SslContextFactory.Client {
    @Override
    protected void doStart() {
        // Nothing is loaded.
    }
}
