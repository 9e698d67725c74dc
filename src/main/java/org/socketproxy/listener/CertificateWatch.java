package org.socketproxy.listener;

import java.security.cert.CertificateException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.tls.ClientTrust;

/**
 * Closes connections and tunnels with an expired client certificate, or with one of a CA that a reload has removed. A
 * periodic task checks all connections, because a timer for each would not follow a change of the system's clock.
 *
 * <p>Threading: thread-safe.
 */
final class CertificateWatch {
    private static final long CHECK_SECONDS = 1;
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    private final Collection<EndPoint> endPoints;
    private final Scheduler scheduler;
    private final RejectionCounter rejections;

    /** @param endPoints a live view of the open end points */
    CertificateWatch(Collection<EndPoint> endPoints, Scheduler scheduler, RejectionCounter rejections) {
        this.endPoints = endPoints;
        this.scheduler = scheduler;
        this.rejections = rejections;
    }

    /** Starts the periodic check, which ends when the scheduler stops. */
    void start() {
        scheduler.schedule(this::checkAndStart, CHECK_SECONDS, TimeUnit.SECONDS);
    }

    private void checkAndStart() {
        try {
            check();
        } finally {
            start();
        }
    }

    /** Checks all connections now. */
    void check() {
        long now = System.currentTimeMillis();
        for (EndPoint endPoint : endPoints) {
            AcceptedEndPoint accepted = AcceptedEndPoint.of(endPoint);
            ClientTrust.Chain chain = accepted.chain();
            if (chain == null || !accepted.isOpen()) {
                continue;
            }
            try {
                chain.check(now);
            } catch (CertificateException untrusted) {
                close(accepted, untrusted);
            } catch (RuntimeException failed) {
                close(accepted, new CertificateException(failed));
            }
        }
    }

    private void close(AcceptedEndPoint endPoint, CertificateException untrusted) {
        if (rejections.refused(RejectionCounter.Cause.CERTIFICATE_REFUSED, endPoint.client(), 0)) {
            LOG.warn(
                    "The TLS connection of {} is closed: {}",
                    endPoint.client().name(),
                    TlsHandshakeListener.explainCertificate(untrusted));
        }
        endPoint.close(untrusted);
    }
}
